/** The platform's own objects fit: those of the DOM, of a worker, and of Node. */

import { connect, EventSourceError, init, type TypedEventSource } from "typed-eventsource";
import { expectType, type Same } from "./expect.js";

const controller = new AbortController();
const source: TypedEventSource = connect(new URL("https://example.com/"), {
  signal: controller.signal,
  headers: new Headers({ "x-region": "eu" }),
  fetch: async (url, init) => fetch(url, { ...init, keepalive: true }),
});
connect("/", { signal: AbortSignal.timeout(1000), fetch });
connect("/", { headers: async () => new Headers() });
for (const body of [
  new Blob(),
  new FormData(),
  new URLSearchParams(),
  new ArrayBuffer(),
  new DataView(new ArrayBuffer(1)),
])
  connect("/", { method: "POST", body });
// @ts-expect-error a stream can be sent but once
connect("/", { method: "POST", body: new ReadableStream() });
// @ts-expect-error a response is no body
connect("/", { method: "POST", body: new Response() });
init({ module: new URL("https://example.com/engine.wasm") });
init({ module: new Response() });

source.onState((state) => {
  if (state.status === "open") expectType<Same<typeof state.headers, Headers | undefined>>();
});
expectType<Same<EventSourceError["headers"], Headers | undefined>>();
new EventSourceError("status", "as a test makes it", { headers: new Headers() });
