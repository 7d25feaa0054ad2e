/** The real engine in a network, and a time, of the test's own. */

import { readFileSync } from "node:fs";
import { createEngines } from "../../../npm/modules/engine/engine.js";
import { createSource } from "../../../npm/modules/source/source.js";
import { engine } from "../../../npm/modules/wasm/engine.js";
import { withoutWasm } from "./without-wasm.mjs";

const wasm = new WebAssembly.Module(readFileSync(new URL("../../../dist/wasm/engine.wasm", import.meta.url)));
const instance = () => (withoutWasm ? engine() : new WebAssembly.Instance(wasm).exports);
export const url = "http://127.0.0.1/stream";

const immediate = () => new Promise((resolve) => setImmediate(resolve));

/** Lets promises settle, and tasks run that are due: a message of a port may come between the two. */
export const settle = async () => {
  await immediate();
  await immediate();
};

/** The `buffer.limitBytes` that so many events fit into, each with at most six characters of text: fewer than 16. */
export const room = (events) => 106 * events;

/** Replaces globals while the test runs. */
export function replace(test, globals) {
  for (const [name, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    test.after(() => {
      if (before) Object.defineProperty(globalThis, name, before);
      else delete globalThis[name];
    });
  }
}

/** @param page - the page's origin, if there is a page */
export function network(test, { native = true, page } = {}) {
  // A copy, so that a test can listen in.
  const exports = { ...instance() };
  const sources = [];
  // First, so that they let go of what the test put there: what watches the page is shared, also by tests.
  test.after(() => {
    for (const source of sources) source.close();
  });
  const clock = fakeClock(test);
  const requests = [];
  const natives = [];
  const fetch = (url, init) => {
    const request = fakeRequest(url, init);
    requests.push(request);
    return request.response;
  };
  class EventSource extends FakeEventSource {
    constructor(...all) {
      super(...all);
      natives.push(this);
    }
  }
  replace(test, {
    fetch,
    ...(native && { EventSource }),
    ...(page && { origin: page, location: { origin: page, href: `${page}/` } }),
  });
  return {
    exports,
    clock,
    /** What was fetched, oldest first. */
    requests,
    /** The browser's EventSources, oldest first. */
    natives,
    async connect(options, to = url) {
      // Time stands still between chunks, which would be a high rate.
      const all = { delivery: "immediate", ...options };
      const source = createSource(async () => createEngines(exports), to, all);
      sources.push(source);
      const states = [];
      const events = [];
      source.onState((state) => states.push(state));
      await settle();
      return { source, states, events };
    },
  };
}

export function fakeClock(test) {
  let now = 1000.25;
  let epoch = Date.now() - now;
  let ids = 0;
  const timers = new Map();
  const delays = [];
  replace(test, {
    performance: { now: () => now },
    setTimeout(task, ms, ...all) {
      delays.push(ms);
      timers.set(++ids, { at: now + ms, run: () => task(...all) });
      return ids;
    },
    clearTimeout: (id) => timers.delete(id),
    setInterval(task, ms) {
      const id = ++ids;
      const set = () => timers.set(id, { at: now + ms, run });
      const run = () => {
        set();
        task();
      };
      set();
      return id;
    },
    clearInterval: (id) => timers.delete(id),
  });
  test.mock.method(Date, "now", () => Math.floor(epoch + now));
  return {
    /** How many timers are set. */
    get timers() {
      return timers.size;
    },
    /** What every timer so far was set to. */
    delays,
    /** The machine sleeps: only the wall clock goes on, or is set back. */
    sleep(ms) {
      epoch += ms;
    },
    /** The page is frozen: no timer goes off meanwhile. */
    freeze(ms) {
      now += ms;
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].sort(([, a], [, b]) => a.at - b.at);
        if (!next || next[1].at > end) break;
        timers.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].run();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}

const encoder = new TextEncoder();

function fakeRequest(url, init) {
  const { signal } = init;
  const answer = Promise.withResolvers?.() ?? withResolvers();
  const chunks = [];
  let wake = () => {};
  let failure;
  let cancelled = false;
  const fail = (error) => {
    failure = { error };
    answer.reject(error);
    wake();
  };
  signal.addEventListener("abort", () => fail(signal.reason));
  const reader = {
    async read() {
      for (;;) {
        if (failure) throw failure.error;
        if (chunks.length) return chunks.shift();
        if (cancelled) return { done: true, value: undefined };
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    },
    async cancel() {
      cancelled = true;
      chunks.length = 0;
      wake();
    },
  };
  const push = async (chunk) => {
    chunks.push(chunk);
    wake();
    await settle();
  };
  answer.promise.catch(() => {});
  return {
    url,
    init,
    response: answer.promise,
    get aborted() {
      return signal.aborted;
    },
    /** How many chunks nobody has read. */
    get unread() {
      return chunks.length;
    },
    /** Whether the reader of the body was told to stop. */
    get cancelled() {
      return cancelled;
    },
    async answer({
      status = 200,
      headers,
      type = "text/event-stream",
      url: final = url,
      body = status === 200,
    } = {}) {
      const all = new Headers(headers);
      if (type) all.set("content-type", type);
      const stream = { getReader: () => reader, cancel: reader.cancel };
      answer.resolve({ status, headers: all, url: final, body: body ? stream : null });
      await settle();
    },
    chunk: (value) => push({ done: false, value: typeof value === "string" ? encoder.encode(value) : value }),
    end: () => push({ done: true, value: undefined }),
    async break(error = new TypeError("network error")) {
      fail(error);
      await settle();
    },
  };
}

function withResolvers() {
  const all = {};
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
  return all;
}

/** Does what the standard says of a browser's, at the test's command. */
class FakeEventSource extends EventTarget {
  readyState = 0;
  heard = [];

  constructor(url, { withCredentials = false } = {}) {
    super();
    Object.assign(this, { url, withCredentials });
  }

  addEventListener(type, ...all) {
    super.addEventListener(type, ...all);
    this.heard.push(type);
  }

  removeEventListener(type, ...all) {
    super.removeEventListener(type, ...all);
    this.heard = this.heard.filter((other) => other !== type);
  }

  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  send(type, data, lastEventId = "") {
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin: "http://127.0.0.1" }));
  }

  /** The connection is lost, and the browser reconnects by itself. */
  lose() {
    this.readyState = 0;
    this.dispatchEvent(new Event("error"));
  }

  /** The browser gives up. */
  giveUp() {
    this.readyState = 2;
    this.dispatchEvent(new Event("error"));
  }

  close() {
    this.readyState = 2;
  }
}
