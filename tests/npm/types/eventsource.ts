/** The drop-in class has the type of the browser's own, and more in its init. */

import { EventSource, type EventSourceInit } from "typed-eventsource/eventsource";
import { expectType, type Same } from "./expect.js";

EventSource satisfies typeof globalThis.EventSource;
globalThis.EventSource = EventSource;

const source = new EventSource("/orders/stream");
expectType<Same<typeof source, globalThis.EventSource>>();
const typed: EventSource = source;
const own: globalThis.EventSource = typed;
expectType<Same<typeof EventSource.CLOSED, 2>>();
expectType<Same<typeof own.CONNECTING, 0>>();

source.onopen = (event) => expectType<Same<typeof event, Event>>();
source.onmessage = function (event) {
  expectType<Same<typeof event, MessageEvent>>();
  this.close();
};
source.onerror = null;
source.addEventListener("named", (event) => event.lastEventId, {
  once: true,
  signal: new AbortController().signal,
});
source.addEventListener("error", (event) => expectType<Same<typeof event, Event>>());
source.addEventListener("object", { handleEvent: (event: Event) => event.type });
// @ts-expect-error it is read only
source.readyState = 2;
// @ts-expect-error a URL is needed
new EventSource();

// What the browser's own may be given.
const standard: globalThis.EventSourceInit = { withCredentials: true };
new EventSource(new URL("https://example.org/"), standard);

const init: EventSourceInit = {
  withCredentials: true,
  headers: async ({ attempt, lastEventId }) => ({ authorization: `${attempt} ${lastEventId}` }),
  method: "POST",
  body: new URLSearchParams(),
  idempotent: true,
  mode: "same-origin",
  redirect: "error",
  fetch: (url, init) => fetch(url, init),
};
new EventSource("/", init);
new EventSource("/", { headers: [["a", "b"]] });
// @ts-expect-error connect() has that
new EventSource("/", { transport: "fetch" });

class Sub extends EventSource {
  readonly name = this.url;
}
expectType<Same<Sub["readyState"], number>>();
