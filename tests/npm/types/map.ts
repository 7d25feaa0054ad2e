/** With an event map: nothing but its event types and payloads compiles. */

import {
  type ConnectOptions,
  connect,
  type EventOf,
  type ServerSentEvent,
  type TypedEventSource,
} from "typed-eventsource";
import { expectType, type Same } from "./expect.js";

// An interface has no index signature: it must do all the same.
interface Orders {
  heartRate: number;
  orderUpdate: { orderId: number; status: string; at: string };
}

const source = connect<Orders>("/orders/stream");
expectType<Same<typeof source, TypedEventSource<Orders>>>();

source.on("orderUpdate", (event) => {
  expectType<Same<typeof event, ServerSentEvent<"orderUpdate", Orders["orderUpdate"]>>>();
  expectType<Same<typeof event.data.status, string>>();
  expectType<Same<typeof event.raw, string>>();
  // @ts-expect-error an event is not written to
  event.data = { orderId: 1, status: "", at: "" };
  // @ts-expect-error no such field
  event.data.price;
});
source.on("heartRate", async (event) => event.data.toFixed());
source.on("heartRate", (event: ServerSentEvent) => event.data);

// @ts-expect-error no such event type
source.on("heartrate", () => {});
// @ts-expect-error the payload is a number
source.on("heartRate", (event: ServerSentEvent<"heartRate", string>) => event.data);
// @ts-expect-error a handler is needed
source.on("heartRate");

source.onAny((event) => {
  if (event.type === "heartRate") expectType<Same<typeof event.data, number>>();
  else expectType<Same<typeof event, ServerSentEvent<"orderUpdate", Orders["orderUpdate"]>>>();
  // @ts-expect-error no such event type
  if (event.type === "other") return;
});

async function iterate() {
  for await (const event of source.events("heartRate")) expectType<Same<typeof event.data, number>>();
  for await (const event of source.events("heartRate", "orderUpdate"))
    if (event.type === "orderUpdate") expectType<Same<typeof event.data.orderId, number>>();
  for await (const event of source.events())
    expectType<Same<typeof event.type, "heartRate" | "orderUpdate">>();
  // @ts-expect-error no such event type
  source.events("heartRate", "other");
}

function dispose() {
  using closing = connect<Orders>(new URL("https://example.org/"));
  using sub = closing.on("heartRate", () => {});
  sub.unsubscribe();
}

// Every option, as its own documentation says.
const options: ConnectOptions<Orders> = {
  transport: "auto",
  withCredentials: true,
  headers: async ({ attempt }) => ({ "x-attempt": `${attempt}` }),
  method: "POST",
  body: "ask",
  idempotent: true,
  resume: "get",
  mode: "cors",
  redirect: "error",
  refresh: async () => {},
  fetch: (url, init) => fetch(url, init),
  signal: AbortSignal.timeout(1),
  eventTypes: ["heartRate", "orderUpdate"],
  wildcard: false,
  decode: { heartRate: Number, orderUpdate: (text) => JSON.parse(text) },
  defaultDecode: "text",
  undecodable: "throw",
  retry: {
    initialMs: 1,
    maxMs: 2,
    factor: 3,
    maxAttempts: Number.POSITIVE_INFINITY,
    stableMs: 5,
    shouldRetry: ({ attempt, retryable, cause }) => retryable || (cause.status === 404 && attempt < 3),
  },
  connectTimeoutMs: 30_000,
  idleMs: 45_000,
  heartbeatEvent: "heartbeat",
  hidden: "pause",
  offline: "ignore",
  until: ({ type, data, lastEventId }) => type === "message" && data === "[DONE]" && lastEventId !== "",
  lastEventId: "1",
  lastEventIdParam: false,
  eventLimit: 1024,
  delivery: { everyMs: 100 },
  buffer: { limitBytes: 1 },
};
expectType<Same<ReturnType<typeof connect<Orders>>, TypedEventSource<Orders>>>();
// Options that are kept in a variable carry the event map.
const kept = connect("/orders/stream", options);
expectType<Same<typeof kept, TypedEventSource<Orders>>>();
// What is undefined is absent.
connect<Orders>("/", { signal: undefined, retry: { maxMs: undefined }, decode: { heartRate: undefined } });

// The browser's EventSource hides comments: there, silence needs an event to be told by.
connect<Orders>("/", { transport: "eventsource", idleMs: 1000, heartbeatEvent: "heartbeat" });
connect<Orders>("/", { transport: "eventsource", heartbeatEvent: "heartbeat" });
connect<Orders>("/", { transport: "fetch", idleMs: 1000 });
connect<Orders>("/", { idleMs: 1000 });
connect("/", { idleMs: 1000, decode: { heartRate: Number } });
// @ts-expect-error heartbeatEvent is missing
connect<Orders>("/", { transport: "eventsource", idleMs: 1000 });
// @ts-expect-error heartbeatEvent is missing
connect("/", { transport: "eventsource", idleMs: 1000, decode: { heartRate: Number } });
// What is passed on, whatever it is.
const passOn = (transport: "auto" | "eventsource" | "fetch", idleMs: number) =>
  connect<Orders>("/", { transport, idleMs, heartbeatEvent: "heartbeat" });
// @ts-expect-error the answer is yes or no
connect<Orders>("/", { until: (event) => event.data });
// @ts-expect-error data is the string that was sent
connect<Orders>("/", { until: (event) => event.data > 90 });

// @ts-expect-error no such option
connect<Orders>("/", { retries: 1 });
// @ts-expect-error no such option
connect<Orders>("/", { retry: { max: 1 } });
// @ts-expect-error no such transport
connect<Orders>("/", { transport: "websocket" });
// @ts-expect-error no such event type
connect<Orders>("/", { eventTypes: ["other"] });
// @ts-expect-error no such event type
connect<Orders>("/", { decode: { other: Number } });
// @ts-expect-error the decoder gives strings, the map wants numbers
connect<Orders>("/", { decode: { heartRate: (text) => text } });
// @ts-expect-error text is no number
connect<Orders>("/", { decode: { heartRate: "text" } });
// @ts-expect-error bytes are no number
connect<Orders>("/", { decode: { heartRate: "base64" } });
// @ts-expect-error a promise would break the order
connect<Orders>("/", { decode: { heartRate: async (text) => Number(text) } });
// @ts-expect-error an answer is needed at once
connect<Orders>("/", { retry: { shouldRetry: async () => true } });
// @ts-expect-error an event map is an object
connect<string>("/");

// Decoders that fit.
connect<{ note: string; bytes: Uint8Array; either: string | number }>("/", {
  decode: { note: "text", bytes: "base64", either: "text" },
});

// A function that asks for one event type takes any source that has it.
function showHeartRate<E extends { heartRate: number }>(from: TypedEventSource<E>) {
  return from.state;
}
showHeartRate(source);

export { dispose, iterate, passOn };

// A handler that takes events together gets arrays, which are not its own.
source.on(
  "heartRate",
  (events) => expectType<Same<typeof events, readonly ServerSentEvent<"heartRate", number>[]>>(),
  { batch: true },
);
source.onAny((events) => expectType<Same<typeof events, readonly EventOf<Orders>[]>>(), { batch: true });
source.on("heartRate", (event) => expectType<Same<typeof event.data, number>>(), { batch: false });
source.on("heartRate", (event) => expectType<Same<typeof event.data, number>>(), {});
// @ts-expect-error an array is no event
source.on("heartRate", (event) => event.data, { batch: true });
