/** What compiles with any libraries, the DOM's or none: no name here is of a platform's. */

import {
  type ConnectionState,
  connect,
  EventSourceError,
  init,
  type TypedEventSource,
} from "typed-eventsource";
import { EventSource } from "typed-eventsource/eventsource";
import { streamStore } from "typed-eventsource/store";

interface Orders {
  heartRate: number;
}

const source: TypedEventSource<Orders> = connect<Orders>("/", {
  headers: async ({ lastEventId }) => ({ "x-last": lastEventId }),
  method: "POST",
  body: new Uint8Array(),
  persist: { storage: { getItem: () => null, setItem: () => {} }, key: "orders" },
  fetch: (url, init) => Promise.reject(new Error(`${url} ${init.method}`)),
});
source.on("heartRate", ({ data }) => data.toFixed());
source.onState((state: ConnectionState) => {
  if (state.status === "open") state.headers?.get("x-server")?.trim();
});
new EventSourceError("status", "as a test makes it").headers?.has("x-server");
new EventSource("/", { headers: [["x-region", "eu"]] }).onmessage = ({ data, lastEventId }) => [
  data,
  lastEventId,
];
init({ module: new Uint8Array() });
streamStore<Orders>("/").getSnapshot().latest.heartRate?.data.toFixed();
connect("/", { headers: new Map([["x-region", "eu"]]) });
connect("/", { persist: { storage: new Map(), key: "orders" } });

// @ts-expect-error a number is no headers
connect("/", { headers: 17 });
// @ts-expect-error nor is a text
connect("/", { headers: "x-region: eu" });
// @ts-expect-error nor one that a function gives
connect("/", { headers: () => 17 });
// @ts-expect-error nor one that comes later
connect("/", { headers: async () => 17 });
// @ts-expect-error a header's value is a text
connect("/", { headers: { "x-region": 17 } });
// @ts-expect-error a number is no headers for the drop-in class either
new EventSource("/", { headers: 17 });
// @ts-expect-error an object is no body
connect("/", { method: "POST", body: { ask: 1 } });
// @ts-expect-error nor is a number
connect("/", { method: "POST", body: 17 });
// @ts-expect-error a stream can be sent but once
connect("/", { method: "POST", body: { getReader: () => {}, cancel: async () => {}, locked: false } });
// @ts-expect-error a number is no signal
connect("/", { signal: 17 });
// @ts-expect-error nor is an object that says nothing of an abort
connect("/", { signal: {} });
// @ts-expect-error a number is no URL
connect(17);
// @ts-expect-error a number is no storage
connect("/", { persist: { storage: 17, key: "orders" } });
// @ts-expect-error a number is no wasm
init({ module: 17 });
// @ts-expect-error a fetch gives a response
connect("/", { fetch: async () => "text" });
