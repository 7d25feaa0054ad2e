/** Storages for `persist`, and sources that use them. */

import { open, recorded } from "./fake-engine.mjs";
import { fakeClock, settle } from "./network.mjs";

export const key = "orders";
export const kept = (id) => `typed-eventsource 1 ${id}`;

/** A storage that remembers what was asked of it. */
export function noting(text) {
  const calls = [];
  const map = new Map(text === undefined ? [] : [[key, text]]);
  return {
    calls,
    map,
    get writes() {
      return calls.filter(([name]) => name === "set").map(([, , text]) => text);
    },
    get(key) {
      calls.push(["get", key]);
      return map.get(key);
    },
    set(key, text) {
      calls.push(["set", key, text]);
      map.set(key, text);
    },
  };
}

/** A source that persists its id, with an engine that the test speaks for. */
export async function persisting(t, storage = noting(), options = {}) {
  const clock = fakeClock(t);
  const all = open({ ...options, persist: { storage, key } });
  t.after(() => all.source.close());
  const errors = recorded((note) => all.source.onError(note));
  while (!all.engine) await settle();
  return { ...all, engine: all.engine, clock, storage, errors };
}
