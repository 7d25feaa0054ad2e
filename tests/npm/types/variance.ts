/** A source of more events can be given where fewer are asked for, and none where more are. */

import {
  type AnyEventSource,
  type Connection,
  connect,
  type ServerSentEvent,
  type TypedEventSource,
} from "typed-eventsource";
import { expectType, type Same } from "./expect.js";

interface HeartRate {
  heartRate: number;
}

interface Orders {
  orderUpdate: { orderId: number; status: string };
}

interface All extends HeartRate, Orders {
  note: string;
}

declare const all: TypedEventSource<All>;
declare const any: TypedEventSource;

// More where fewer are asked for, and as they are.
const heartRate: TypedEventSource<HeartRate> = all;
const both: TypedEventSource<HeartRate & Orders> = all;
const orders: TypedEventSource<Orders> = both;
const same: TypedEventSource<All> = all;
const inferred: TypedEventSource<HeartRate> = connect("/", { decode: { heartRate: Number, note: "text" } });
expectType<Same<Parameters<Parameters<typeof heartRate.on<"heartRate">>[1]>[0]["data"], number>>();

// What is asked for stays checked.
heartRate.on("heartRate", (event) => event.data.toFixed());
// @ts-expect-error an event type that is not asked for
heartRate.on("note", () => {});
heartRate.onAny((event) => expectType<Same<typeof event, ServerSentEvent<"heartRate", number>>>());
heartRate.onAny(
  (events) => expectType<Same<typeof events, readonly ServerSentEvent<"heartRate", number>[]>>(),
  { batch: true },
);
// @ts-expect-error the data is a number
heartRate.onAny((event: ServerSentEvent<"heartRate", string>) => event);
// @ts-expect-error an array is no event
heartRate.onAny((event: ServerSentEvent<"heartRate", number>) => event, { batch: true });

// Data may be narrower, too.
declare const narrow: TypedEventSource<{ heartRate: 60 | 70 }>;
const wide: TypedEventSource<HeartRate> = narrow;

// @ts-expect-error fewer where more are asked for
const more: TypedEventSource<All> = heartRate;
// @ts-expect-error other data
const others: TypedEventSource<{ heartRate: string }> = all;
// @ts-expect-error wider data
const narrower: TypedEventSource<{ heartRate: 60 | 70 }> = heartRate;
// @ts-expect-error another event type
const other: TypedEventSource<{ temperature: number }> = all;
// @ts-expect-error a source that names its types does not give every other one
const everything: TypedEventSource = all;

// A function that asks for what it uses.
const show = (source: TypedEventSource<HeartRate>) => source.on("heartRate", ({ data }) => data.toFixed());
show(all);
// @ts-expect-error it has no heart rate
show(orders);

// Any source: its state, and all of its events.
const watch = (source: AnyEventSource) => {
  source.onState(({ status }) => status);
  source.onAny((event) => {
    expectType<Same<typeof event, ServerSentEvent>>();
    expectType<Same<typeof event.data, unknown>>();
  });
  source.onAny((events) => expectType<Same<typeof events, readonly ServerSentEvent[]>>(), { batch: true });
  // @ts-expect-error nobody knows its event types
  source.on("heartRate", () => {});
  return source.events();
};
watch(all);
watch(heartRate);
watch(any);
watch(connect("/"));
const watchGeneric = <E extends object>(source: TypedEventSource<E>) => watch(source);
const connection: Connection = all satisfies AnyEventSource;
// @ts-expect-error a connection shows no events
watch(connection);

export { everything, inferred, more, narrower, other, others, same, watchGeneric, wide };
