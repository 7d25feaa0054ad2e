/** A source over an engine that does nothing by itself: the test says what the server and the network do. */

import { createSource } from "../../../npm/modules/source/source.js";
import { batch } from "./batch.mjs";

export const url = "http://127.0.0.1/stream";

// The first request may be made before there is an engine. Nobody answers it here.
globalThis.fetch = () => new Promise(() => {});
const origin = "http://127.0.0.1";

/**
 * Starts a source; `engine` exists once `ready` is fulfilled, unless something is loaded first. Its states are recorded,
 * unless nobody is to listen to them.
 */
export function open(options = {}, to = url, { isWatched = true } = {}) {
  const made = [];
  const create = (host, url, settings) => {
    const calls = [];
    const engine = {
      host,
      url,
      settings,
      calls,
      start: () => calls.push("start"),
      listen: (type, wanted) => calls.push(`${wanted ? "listen" : "unlisten"} ${type}`),
      reconnect: () => calls.push("reconnect"),
      close: () => calls.push("close"),
    };
    made.push(engine);
    return engine;
  };
  const started = Promise.resolve(create);
  const source = createSource(() => started, to, options);
  return {
    source,
    server: serverOf(made),
    made,
    states: recorded((note) => isWatched && source.onState(note)),
    ready: begun(made, started),
    get engine() {
      return made[0];
    },
  };
}

/** Microtasks, as many as it takes a source to begin that has nothing to load. */
async function begun(made, started) {
  await started;
  for (let ticks = 0; ticks < 20 && !made.length; ticks++) await undefined;
}

/** Like `open`, with the engine running. */
export async function opened(options, to, how) {
  const all = open(options, to, how);
  await all.ready;
  // A request of the application's own is loaded first.
  while (!all.engine) await new Promise(setImmediate);
  return all;
}

/** What a subscription is called with. */
export function recorded(subscribe) {
  const values = [];
  subscribe((value) => values.push(value));
  return values;
}

const serverOf = (made) => ({
  /** One event over the browser's EventSource. */
  message(type, data, lastEventId = "") {
    made[0].host.event(type, data, lastEventId, origin);
  },
  /** The events of one chunk over fetch: `[type, data, id?]` each. */
  batch(...events) {
    const [, , lastEventId = ""] = events.at(-1);
    made[0].host.batch(batch(events, { origin, lastEventId }));
  },
  /** A block with only an id; `undefined` where replays are all that has come. */
  idOnly(lastEventId) {
    made[0].host.batch(batch([], { origin, lastEventId }));
  },
  /** The state changed. */
  state(status, fields = {}) {
    made[0].host.changed({ status, ...fields });
  },
});

/** Collects what is reported as an uncaught error while the test runs. */
export function reports(test) {
  const errors = [];
  const before = globalThis.reportError;
  globalThis.reportError = (error) => errors.push(error);
  test.after(() => {
    globalThis.reportError = before;
    if (!before) delete globalThis.reportError;
  });
  return errors;
}
