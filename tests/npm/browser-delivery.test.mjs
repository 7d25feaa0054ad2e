/** What reaches handlers, and what is left behind, in a real browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, byDefault, otherEngine, scenario, server } from "./support/browser.mjs";

browserSuite("delivery in a browser", (open) => {
  for (const transport of ["auto", "fetch"]) {
    test(`an event that cannot be decoded harms no other, over ${transport}`, async (t) => {
      const url = await scenario({
        attempts: [
          {
            steps: [
              { send: "id: 1\nevent: a\ndata: 1\n\nid: 2\nevent: a\ndata: {broken\n\n" },
              { send: "event: b\ndata: {broken\n\nid: 3\nevent: a\ndata: 3\n\n" },
            ],
            end: "hold",
          },
        ],
      });
      const { page, uncaught } = await open(t);
      const seen = await page.evaluate(
        async ([url, transport]) => {
          const { connect, EventSourceError } = await import("/dist/index.js");
          const source = connect(url, { transport, decode: { b: "text" } });
          const errors = [];
          source.onError((error) => {
            const { type, data, raw, lastEventId } = error.event;
            const known = error instanceof EventSourceError && error.cause instanceof SyntaxError;
            errors.push([known, error.code, type, data, raw, lastEventId]);
          });
          const events = [];
          await new Promise((resolve) => {
            source.on("b", ({ data }) => events.push(data));
            source.on("a", ({ data }) => events.push(data) && data === 3 && resolve());
          });
          const { status } = source.state;
          source.close();
          return { events, errors, status };
        },
        [url, transport],
      );
      assert.deepEqual(seen.events, [1, "{broken", 3]);
      assert.deepEqual(seen.errors, [[true, "decode", "a", "{broken", "{broken", "2"]]);
      assert.equal(seen.status, "open");
      assert.deepEqual(uncaught, []);
    });

    test(`a handler that throws harms no other, over ${transport}`, async (t) => {
      const { page, uncaught } = await open(t);
      const seen = await page.evaluate(async (transport) => {
        const { connect } = await import("/dist/index.js");
        const source = connect("/heart-rate?everyMs=10", { transport });
        const states = [];
        source.onState(({ status }) => states.push(status));
        let count = 0;
        source.on("heartRate", () => {
          throw new Error("from a handler");
        });
        await new Promise((resolve) => {
          source.on("heartRate", () => {
            if (++count < 3) return;
            // Here, since the chunk may have more of them.
            source.close();
            resolve();
          });
        });
        return { count, states };
      }, transport);
      assert.deepEqual(seen, { count: 3, states: ["open", "closed"] });
      assert.deepEqual(uncaught, Array(3).fill("from a handler"));
    });

    test(`nothing is called after close(), over ${transport}`, async (t) => {
      const many = { events: { to: 500, type: "tick", seed: 1, bytes: 40, perWrite: 50 } };
      const url = await scenario({ attempts: [{ steps: [many], end: "hold" }] });
      const { page } = await open(t);
      const seen = await page.evaluate(
        async ([url, transport]) => {
          const { connect } = await import("/dist/index.js");
          const source = connect(url, { transport });
          const seen = [];
          const late = [];
          const closed = await new Promise((resolve) => {
            source.onState((state) => {
              seen.push(state.status);
              if (state.status === "closed") resolve(seen.length);
            });
            source.on("tick", ({ data }) => {
              seen.push(data.n);
              if (data.n === 3) source.close();
            });
            source.on("tick", ({ data }) => data.n >= 3 && late.push(data.n));
            source.onAny(({ data }) => data.n >= 3 && late.push(data.n));
          });
          await new Promise((resolve) => setTimeout(resolve, 100));
          return { seen, late, closed };
        },
        [url, transport],
      );
      assert.deepEqual(seen.seen, ["open", 1, 2, 3, "closed"]);
      assert.equal(seen.closed, 5);
      assert.deepEqual(seen.late, []);
      const came = await attempts(url, (all) => all[0].over);
      assert.deepEqual([came.length, came[0].clientLeft], [1, true]);
    });

    test(`unsubscribing inside of a handler takes effect at once, over ${transport}`, async (t) => {
      const { page } = await open(t);
      const calls = await page.evaluate(async (transport) => {
        const { connect } = await import("/dist/index.js");
        const source = connect("/heart-rate?everyMs=10", { transport });
        const calls = { first: 0, second: 0, third: 0 };
        const first = source.on("heartRate", () => {
          calls.first++;
          first.unsubscribe();
          second.unsubscribe();
        });
        const second = source.on("heartRate", () => calls.second++);
        await new Promise((resolve) => {
          source.on("heartRate", () => {
            if (++calls.third < 3) return;
            source.close();
            resolve();
          });
        });
        return calls;
      }, transport);
      assert.deepEqual(calls, { first: 1, second: 0, third: 3 });
    });

    test(`opening and closing leaves nothing behind, over ${transport}`, async (t) => {
      const { page, uncaught } = await open(t, { prepare: (page) => page.addInitScript(count) });
      const seen = await page.evaluate(async (transport) => {
        const { connect } = await import("/dist/index.js");
        const round = async (n) => {
          const source = connect("/heart-rate?everyMs=10", { transport, eventTypes: ["heartRate"] });
          source.onAny(() => {});
          // Some are closed before they are open, some while an event is being delivered.
          if (n % 3) await new Promise((resolve) => source.onState(resolve));
          if (n % 3 === 2) {
            await new Promise((resolve) => source.on("heartRate", resolve));
            source.reconnect();
          }
          source.close();
        };
        for (let n = 0; n < 30; n++) await round(n);
        const { counts, memory } = globalThis.counted;
        // A worker has a memory of its own.
        const bytes = () => memory?.buffer.byteLength ?? 0;
        const before = bytes();
        for (let n = 0; n < 200; n++) await round(n);
        // Aborted requests are rejected in tasks of their own.
        while (counts.requests) await new Promise((resolve) => setTimeout(resolve));
        return { counts, opened: globalThis.counted.opened, grown: bytes() - before };
      }, transport);
      assert.deepEqual(seen.counts, { sources: 0, requests: 0, timers: 0, workers: 0 });
      // By the page itself.
      if (byDefault.worker) assert.equal(seen.opened, 0);
      else assert.ok(seen.opened > 200, `${seen.opened}`);
      assert.equal(seen.grown, 0);
      assert.deepEqual(uncaught, []);
    });
  }

  const skip = otherEngine === "Firefox" && "it shows a response with the first byte of its body";
  test("the server sees every connection go", { skip }, async (t) => {
    const url = await scenario({ attempts: [{ end: "hold" }], afterwards: "repeat-last" });
    const { page } = await open(t);
    await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      for (let n = 0; n < 12; n++) {
        const source = connect(url, { transport: n % 2 ? "auto" : "fetch" });
        await new Promise((resolve) => source.onState(resolve));
        source.close();
      }
    }, url);
    const came = await attempts(url, (all) => all.length === 12 && all.every(({ over }) => over));
    assert.ok(came.every(({ clientLeft }) => clientLeft));
    assert.ok(server);
  });
});

/** Runs in the page before anything else: counts what is open, and catches the wasm's memory. */
function count() {
  const counts = { sources: 0, requests: 0, timers: 0, workers: 0 };
  globalThis.counted = { counts, opened: 0, memory: undefined };
  const { EventSource, Worker, fetch, setTimeout, clearTimeout } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      counts.workers++;
    }
    terminate() {
      if (!this.left) counts.workers--;
      this.left = true;
      super.terminate();
    }
  };
  globalThis.EventSource = class extends EventSource {
    constructor(...all) {
      super(...all);
      counts.sources++;
      globalThis.counted.opened++;
    }
    close() {
      if (!this.left) counts.sources--;
      this.left = true;
      super.close();
    }
  };
  globalThis.fetch = async (...all) => {
    counts.requests++;
    globalThis.counted.opened++;
    try {
      const response = await fetch(...all);
      // A body that is read to its end, or errored, is over.
      const reader = response.body.getReader();
      reader.closed.catch(() => {}).then(() => counts.requests--);
      reader.releaseLock = undefined;
      Object.defineProperty(response, "body", { value: { getReader: () => reader } });
      return response;
    } catch (error) {
      counts.requests--;
      throw error;
    }
  };
  const timers = new Set();
  globalThis.setTimeout = (task, ms, ...all) => {
    // Those of the test itself have no time.
    if (ms === undefined) return setTimeout(task);
    const id = setTimeout(() => {
      timers.delete(id);
      counts.timers = timers.size;
      task(...all);
    }, ms);
    timers.add(id);
    counts.timers = timers.size;
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    counts.timers = timers.size;
    clearTimeout(id);
  };
  if (globalThis.WebAssembly)
    WebAssembly.Instance = class extends WebAssembly.Instance {
      constructor(...all) {
        super(...all);
        globalThis.counted.memory = this.exports.memory;
      }
    };
}
