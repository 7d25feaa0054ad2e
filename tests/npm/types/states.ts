/** States and errors, discriminated by `status`, `reason` and `code`. */

import {
  type ConnectionState,
  connect,
  type EngineModule,
  EventSourceError,
  type EventSourceErrorCode,
  init,
} from "typed-eventsource";
import { engine } from "typed-eventsource/engine.js";
import { expectType, type Same } from "./expect.js";

const source = connect("/stream");
source.onState((state) => {
  switch (state.status) {
    case "connecting":
      return expectType<Same<typeof state.attempt, number>>();
    case "open":
      expectType<Same<typeof state.transport, "eventsource" | "fetch">>();
      expectType<Same<typeof state.headers, Headers | undefined>>();
      return expectType<Same<typeof state.httpStatus, number | undefined>>();
    case "reconnecting":
      expectType<Same<typeof state.waitMs, number | null>>();
      return expectType<Same<typeof state.cause, EventSourceError>>();
    case "paused":
      return expectType<Same<typeof state.why, "offline" | "hidden">>();
    case "closed":
      expectType<Same<typeof state.cause, EventSourceError | undefined>>();
      // Who ended it is known of each that has ended, and of no other.
      if (state.reason === "ended") expectType<Same<typeof state.by, "until" | "response">>();
      else expectType<Same<typeof state.by, undefined>>();
      // @ts-expect-error no such reason
      return state.reason === "done";
    default:
      return expectType<Same<typeof state, never>>();
  }
});
source.onError((error) => {
  expectType<Same<typeof error.code, EventSourceErrorCode>>();
  if (error.code === "decode") expectType<Same<typeof error.event, EventSourceError["event"]>>();
  expectType<Same<typeof error.cause, unknown>>();
  // @ts-expect-error no such code
  return error.code === "parse";
});

const state: ConnectionState = source.state;
// @ts-expect-error the state is not written to
source.state = state;
// @ts-expect-error only some states have an attempt
state.attempt;

const error = new EventSourceError("decode", "as an application's test would make it", { cause: 1 });
const base: Error = error;

const modules: EngineModule[] = ["/engine.wasm", new URL("https://example.org/"), new Uint8Array(), engine];
const started: Promise<void> = init();
init({ module: "/engine.wasm" });
// @ts-expect-error no such option
init({ url: "/engine.wasm" });

export { base, modules, started };

// Where the engine is, and where it shall be.
const where: "page" | "page-js" | "worker" = connect("/", { worker: true }).stats.engine;
connect("/", { worker: { url: new URL("https://example.com/worker.js") } });
connect("/", { worker: { url: "/worker.js" } });
// @ts-expect-error: a URL, and nothing else
connect("/", { worker: "/worker.js" });
console.log(where);
