// biome-ignore-all lint/correctness/useHookAtTopLevel: nothing of this runs
/** What each adapter shows is typed by the event map. */

import type { Signal } from "@angular/core";
import { useQuery } from "@tanstack/react-query";
import type { Observable } from "rxjs";
import type { Accessor } from "solid-js";
import type { Readable } from "svelte/store";
import type { ConnectionState, ServerSentEvent } from "typed-eventsource";
import { injectEventStream } from "typed-eventsource/angular";
import { useEventStream, useLatest, useReducedEvents } from "typed-eventsource/react";
import { eventStream as observables } from "typed-eventsource/rxjs";
import { createEventStream } from "typed-eventsource/solid";
import { type Snapshot, streamStore } from "typed-eventsource/store";
import { eventStream } from "typed-eventsource/svelte";
import { eventStreamOptions, type StreamData } from "typed-eventsource/tanstack";
import { useEventStream as useRefs } from "typed-eventsource/vue";
import { type ComputedRef, ref } from "vue";
import { expectType, type Same } from "./expect.js";

interface Orders {
  heartRate: number;
  orderUpdate: { orderId: number; status: string };
}
type HeartRate = ServerSentEvent<"heartRate", number> | undefined;

const counting = { initial: 0, reduce: { heartRate: (count: number) => count + 1 } };
const decoding = { decode: { count: Number } };
const store = streamStore<Orders, number>("/stream", counting);

// React
const shown = useEventStream<Orders, number>("/stream", counting);
expectType<Same<typeof shown, Snapshot<Orders, number>>>();
const same = useEventStream(store);
expectType<Same<typeof same, typeof shown>>();
const decoded = useEventStream(null, decoding).latest.count?.data;
expectType<Same<typeof decoded, number | undefined>>();
const latest = useLatest(store, "heartRate");
expectType<Same<typeof latest, HeartRate>>();
const ofUrl = useLatest<Orders, "heartRate">("/stream", "heartRate");
expectType<Same<typeof ofUrl, HeartRate>>();
const ofDecoder = useLatest("/stream", "count", decoding);
expectType<Same<typeof ofDecoder, ServerSentEvent<"count", number> | undefined>>();
const value = useReducedEvents<Orders, number>("/stream", { heartRate: (sum, { data }) => sum + data }, 0);
expectType<Same<typeof value, number>>();
const inferred = useReducedEvents("/stream", { count: (sum: string, { data }) => sum + data }, "", decoding);
expectType<Same<typeof inferred, string>>();
// @ts-expect-error an event that the map does not have
useLatest(store, "heartBeat");
// @ts-expect-error nor with a URL
useLatest<Orders, "heartBeat">("/stream", "heartBeat");
// @ts-expect-error nor by decoders
useLatest("/stream", "heartBeat", decoding);
// @ts-expect-error a field that its data does not have
useEventStream<Orders>("/stream").latest.orderUpdate?.data.state;
// @ts-expect-error an event that the map does not have
useReducedEvents<Orders, number>("/stream", { heartBeat: (count) => count }, 0);

// Vue
const refs = useRefs<Orders, number>(ref("/stream"), counting);
expectType<Same<typeof refs.state, ComputedRef<ConnectionState>>>();
expectType<Same<typeof refs.value, ComputedRef<number>>>();
expectType<Same<typeof refs.latest.value.heartRate, HeartRate>>();
useRefs(() => null, decoding).latest.value.count?.data.toFixed();
// @ts-expect-error an event that the map does not have
refs.latest.value.heartBeat;
// @ts-expect-error a field that its data does not have
refs.latest.value.orderUpdate?.data.state;

// Svelte
const view = eventStream<Orders, number>("/stream", counting);
expectType<Same<typeof view.current, Snapshot<Orders, number>>>();
const readable: Readable<Snapshot<Orders, number>> = view;
eventStream("/stream", decoding).current.latest.count?.data.toFixed();
// @ts-expect-error an event that the map does not have
view.current.latest.heartBeat;
// @ts-expect-error a field that its data does not have
view.current.latest.orderUpdate?.data.state;

// Solid
const accessors = createEventStream<Orders, number>(() => "/stream", counting);
expectType<Same<typeof accessors.value, Accessor<number>>>();
expectType<Same<ReturnType<typeof accessors.latest>["heartRate"], HeartRate>>();
createEventStream(() => undefined, decoding)
  .latest()
  .count?.data.toFixed();
// @ts-expect-error an event that the map does not have
accessors.latest().heartBeat;
// @ts-expect-error a field that its data does not have
accessors.latest().orderUpdate?.data.state;

// Angular
const signals = injectEventStream<Orders, number>(() => "/stream", counting);
expectType<Same<typeof signals.value, Signal<number>>>();
expectType<Same<ReturnType<typeof signals.latest>["heartRate"], HeartRate>>();
injectEventStream(() => undefined, decoding)
  .latest()
  .count?.data.toFixed();
// @ts-expect-error an event that the map does not have
signals.latest().heartBeat;
// @ts-expect-error a field that its data does not have
signals.latest().orderUpdate?.data.state;

// RxJS
const streams = observables<Orders, number>("/stream", counting);
expectType<Same<typeof streams.states, Observable<ConnectionState>>>();
expectType<Same<typeof streams.snapshots, Observable<Snapshot<Orders, number>>>>();
streams.on("heartRate").subscribe(({ data }) => data.toFixed());
streams.events.subscribe((event) => event.type === "orderUpdate" && event.data.status.trim());
observables("/stream", decoding)
  .on("count")
  .subscribe(({ data }) => data.toFixed());
// @ts-expect-error an event that the map does not have
streams.on("heartBeat");
// @ts-expect-error a field that its data does not have
streams.on("orderUpdate").subscribe(({ data }) => data.state);

// TanStack Query
const query = useQuery(eventStreamOptions<Orders, number>(["orders"], "/stream", counting));
expectType<Same<typeof query.data, StreamData<Orders, number> | undefined>>();
useQuery(eventStreamOptions(["counts"], "/stream", decoding)).data?.latest.count?.data.toFixed();
// @ts-expect-error the source is in no cache
query.data?.source;
// @ts-expect-error an event that the map does not have
query.data?.latest.heartBeat;
// @ts-expect-error a field that its data does not have
query.data?.latest.orderUpdate?.data.state;

export { readable };
