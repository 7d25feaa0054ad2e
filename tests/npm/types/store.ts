/** Snapshots are typed by the event map, and so are reducers. */

import type { ConnectionState, EventSourceError, ServerSentEvent, TypedEventSource } from "typed-eventsource";
import { type Snapshot, type StreamStore, streamStore } from "typed-eventsource/store";
import { expectType, type Same } from "./expect.js";

interface Orders {
  heartRate: number;
  orderUpdate: { orderId: number; status: string };
}

const plain = streamStore<Orders>("/stream").getSnapshot();
expectType<Same<typeof plain.state, ConnectionState>>();
expectType<Same<typeof plain.value, undefined>>();
expectType<Same<typeof plain.error, EventSourceError | undefined>>();
expectType<Same<typeof plain.source, TypedEventSource<Orders> | undefined>>();
expectType<Same<typeof plain.latest.heartRate, ServerSentEvent<"heartRate", number> | undefined>>();
expectType<
  Same<
    (typeof plain.recent)[number],
    ServerSentEvent<"heartRate", number> | ServerSentEvent<"orderUpdate", { orderId: number; status: string }>
  >
>();
// @ts-expect-error an event that the map does not have
plain.latest.heartBeat;
// @ts-expect-error a field that its data does not have
plain.latest.orderUpdate?.data.state;
// @ts-expect-error an event need not have come
plain.latest.heartRate.data;
// @ts-expect-error snapshots are immutable
plain.value = undefined;

const folded = streamStore<Orders, readonly string[]>("/stream", {
  initial: [],
  reduce: {
    orderUpdate: (all, { data }) => [...all, data.status],
    heartRate(all, { data }) {
      expectType<Same<typeof data, number>>();
      return all;
    },
  },
});
expectType<Same<typeof folded, StreamStore<Orders, readonly string[]>>>();
expectType<Same<ReturnType<typeof folded.getSnapshot>, Snapshot<Orders, readonly string[]>>>();

const inferred = streamStore("/stream", {
  decode: { count: Number, text: "text" },
  initial: 0,
  reduce: { count: (sum, { data }) => sum + data },
  recent: 3,
}).getSnapshot();
expectType<Same<typeof inferred.value, number>>();
expectType<Same<typeof inferred.latest.text, ServerSentEvent<"text", string> | undefined>>();

for (const url of [null, undefined, new URL("http://127.0.0.1"), () => "/stream"]) streamStore(url);

streamStore<Orders, number>("/stream", {
  initial: 0,
  // @ts-expect-error a reducer of an event that the map does not have
  reduce: { heartBeat: (count: number) => count },
});
streamStore<Orders, number>("/stream", {
  initial: 0,
  // @ts-expect-error a reducer that gives something else
  reduce: { heartRate: () => "" },
});
streamStore<Orders, number>("/stream", {
  initial: 0,
  // @ts-expect-error a field that the data do not have
  reduce: { orderUpdate: (count, { data }) => count + data.price },
});
// @ts-expect-error reducers need something to begin with
streamStore<Orders, number>("/stream", { reduce: { heartRate: (count) => count } });
// @ts-expect-error an unknown option
streamStore<Orders>("/stream", { retries: 1 });
