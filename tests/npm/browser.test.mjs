import assert from "node:assert/strict";
import { test } from "node:test";
import { browserSuite, byDefault, scenario, server } from "./support/browser.mjs";
import { withoutWasm } from "./support/without-wasm.mjs";

const transports = ["auto", "eventsource", "fetch"];
/** What `auto` and the others begin with. */
const begins = { auto: "eventsource", eventsource: "eventsource", fetch: "fetch" };
/** Quick, so that no test has to wait for a reconnection. */
const retry = { initialMs: 1, maxMs: 1 };

browserSuite("the package in a browser", (open) => {
  for (const transport of transports) {
    test(`heart rates are numbers, over ${transport}`, async (t) => {
      const { page, uncaught } = await open(t);
      const seen = await page.evaluate(async (transport) => {
        const { connect } = await import("/dist/index.js");
        const source = connect("/heart-rate?everyMs=10", { transport });
        const states = [source.state];
        source.onState((state) => states.push(state));
        const events = [];
        await new Promise((resolve) => {
          source.on("heartRate", (event) => {
            events.push(event);
            if (events.length === 3) {
              source.close();
              resolve();
            }
          });
        });
        return { events, states };
      }, transport);
      assert.equal(seen.events.length, 3);
      const [first] = seen.events;
      for (const [n, { type, data, origin, lastEventId }] of seen.events.entries()) {
        assert.deepEqual(
          [type, origin, lastEventId],
          ["heartRate", server, `${Number(first.lastEventId) + n}`],
        );
        assert.ok(data >= 60 && data <= 100, `${data}`);
      }
      assert.deepEqual(
        seen.states.map((state) => state.status),
        ["connecting", "open", "closed"],
      );
      assert.equal(seen.states[1].transport, begins[transport]);
      assert.equal(seen.states[1].httpStatus, transport === "fetch" ? 200 : undefined);
      assert.deepEqual(uncaught, []);
    });

    test(`base64 arrives as the bytes that were sent, over ${transport}`, async (t) => {
      const { page } = await open(t);
      const readings = await page.evaluate(async (transport) => {
        const { connect } = await import("/dist/index.js");
        const source = connect("/readings?everyMs=20", { transport, decode: { reading: "base64" } });
        for await (const { data } of source.events("reading")) {
          source.close();
          return [data.constructor.name, ...new Float32Array(data.buffer, data.byteOffset, 8)];
        }
      }, transport);
      assert.equal(readings[0], "Uint8Array");
      assert.equal(readings.length, 9);
      assert.ok(
        readings.slice(1).every((value) => Number.isFinite(value)),
        `${readings}`,
      );
    });

    test(`server events named like lifecycle events are events, over ${transport}`, async (t) => {
      const url = await scenario({
        attempts: [
          {
            steps: [
              { send: "event: error\nid: 1\ndata: 1\n\nevent: open\ndata: 2\n\n" },
              { send: "data: 3\n\nevent: __proto__\ndata: 4\n\n" },
            ],
            end: "hold",
          },
        ],
      });
      const { page } = await open(t);
      const seen = await page.evaluate(
        async ([url, transport]) => {
          const { connect } = await import("/dist/index.js");
          const events = [];
          const source = connect(url, { transport, eventTypes: ["error", "open", "message", "__proto__"] });
          const states = [];
          source.onState((state) => states.push(state.status));
          for await (const { type, data, lastEventId } of source.events()) {
            events.push([type, data, lastEventId]);
            if (events.length === 4) break;
          }
          return { events, states };
        },
        [url, transport],
      );
      assert.deepEqual(seen.events, [
        ["error", 1, "1"],
        ["open", 2, "1"],
        ["message", 3, "1"],
        ["__proto__", 4, "1"],
      ]);
      assert.deepEqual(seen.states, ["open"]);
    });
  }

  for (const transport of ["auto", "fetch"]) {
    test(`an order is followed to its end, over ${transport}`, async (t) => {
      const { page, uncaught } = await open(t);
      const seen = await page.evaluate(
        async ([transport, retry]) => {
          const { connect } = await import("/dist/index.js");
          const source = connect("/orders/stream?everyMs=10&orderId=7", { transport, retry });
          const events = [];
          for await (const { data, lastEventId } of source.events("orderUpdate"))
            events.push([data.orderId, data.status, lastEventId]);
          return { events, state: source.state };
        },
        [transport, retry],
      );
      assert.deepEqual(seen.events, [
        [7, "Placed", "1"],
        [7, "Cooking", "2"],
        [7, "Out for delivery", "3"],
        [7, "Delivered", "4"],
      ]);
      assert.deepEqual(seen.state, { status: "closed", reason: "no-content" });
      assert.deepEqual(uncaught, []);
    });
  }

  test("a fatal status is thrown with its status, headers and all", async (t) => {
    const url = await scenario({ attempts: [{ status: 404, headers: { "x-why": "gone" } }] });
    const { page } = await open(t);
    const seen = await page.evaluate(async (url) => {
      const { connect, EventSourceError } = await import("/dist/index.js");
      const source = connect(url, { transport: "fetch" });
      const error = await source
        .events()
        .next()
        .catch((error) => error);
      const { code, status, headers } = error;
      return [error instanceof EventSourceError, code, status, headers.get("x-why"), source.state.reason];
    }, url);
    assert.deepEqual(seen, [true, "status", 404, "gone", "fatal"]);
  });

  test("shouldRetry makes a fatal status worth another attempt", async (t) => {
    const url = await scenario({
      attempts: [{ status: 404 }, { steps: [{ send: "data: 1\n\n" }], end: "hold" }],
    });
    const { page } = await open(t);
    const seen = await page.evaluate(
      async ([url, retry]) => {
        const { connect } = await import("/dist/index.js");
        const asked = [];
        const shouldRetry = ({ attempt, retryable, cause }) => {
          asked.push([attempt, retryable, cause.code, cause.status]);
          return cause.status === 404;
        };
        const source = connect(url, { transport: "fetch", retry: { ...retry, shouldRetry } });
        const { value } = await source.events("message").next();
        source.close();
        return { asked, data: value.data };
      },
      [url, retry],
    );
    assert.deepEqual(seen, { asked: [[1, false, "status", 404]], data: 1 });
  });

  test("a handler that throws is an uncaught error of the page, and the stream goes on", async (t) => {
    const { page, uncaught } = await open(t);
    const count = await page.evaluate(async () => {
      const { connect } = await import("/dist/index.js");
      const source = connect("/heart-rate?everyMs=10");
      let count = 0;
      source.on("heartRate", () => {
        throw new Error("from a handler");
      });
      await new Promise((resolve) => {
        source.on("heartRate", () => {
          if (++count < 2) return;
          source.close();
          resolve();
        });
      });
      return count;
    });
    assert.equal(count, 2);
    assert.deepEqual(uncaught, ["from a handler", "from a handler"]);
  });

  test("an abort ends the request", async (t) => {
    const url = await scenario({ attempts: [{ steps: [{ send: "data: 1\n\n" }], end: "hold" }] });
    const { page } = await open(t);
    const state = await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      const controller = new AbortController();
      const source = connect(url, { transport: "fetch", signal: controller.signal });
      await source.events("message").next();
      controller.abort();
      return source.state;
    }, url);
    assert.deepEqual(state, { status: "closed", reason: "aborted" });
    // Polled, since only the server knows when it has noticed.
    for (;;) {
      const { attempts } = await (await fetch(`${server}${url}/report`)).json();
      assert.equal(attempts.length, 1);
      if (attempts[0].clientLeft) break;
    }
  });

  const skip = withoutWasm && "there is none";
  test("the wasm is compiled by the first connect(), once, and not at all after a wrong one", {
    skip,
  }, async (t) => {
    const { page } = await open(t);
    const counts = await page.evaluate(async () => {
      let compiled = 0;
      WebAssembly.Module = class extends WebAssembly.Module {
        constructor(...all) {
          compiled++;
          super(...all);
        }
      };
      const { connect } = await import("/dist/index.js");
      const counts = [compiled];
      try {
        connect("/", { transport: "websocket" });
      } catch {
        counts.push(compiled);
      }
      const sources = [1, 2, 3].map(() => connect("/heart-rate?everyMs=10"));
      await Promise.all(sources.map((source) => source.events("heartRate").next()));
      for (const source of sources) source.close();
      counts.push(compiled);
      return counts;
    });
    // A worker compiles its own.
    assert.deepEqual(counts, [0, 0, byDefault.worker ? 0 : 1]);
  });

  test("init({ module }) takes the raw wasm by its URL, and the inlined one is not compiled", {
    skip,
  }, async (t) => {
    const { page } = await open(t);
    const [names, compiled] = await page.evaluate(async () => {
      let compiled = 0;
      WebAssembly.Module = class extends WebAssembly.Module {
        constructor(...all) {
          compiled++;
          super(...all);
        }
      };
      const { connect, init } = await import("/dist/index.js");
      await init({ module: "/dist/wasm/engine.wasm" });
      const source = connect("/heart-rate?everyMs=10");
      await source.events("heartRate").next();
      source.close();
      const names = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
      return [names, compiled];
    });
    assert.ok(names.includes("/dist/wasm/engine.wasm"));
    assert.equal(compiled, 1);
  });

  test("a worker subscribes as a page does", async (t) => {
    const { page } = await open(t);
    const data = await page.evaluate(async () => {
      const script = `
        import { connect } from "${location.origin}/dist/index.js";
        const source = connect("${location.origin}/heart-rate?everyMs=10");
        const { value } = await source.events("heartRate").next();
        postMessage(value.data);
      `;
      const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
      const worker = new Worker(url, { type: "module" });
      return new Promise((resolve, reject) => {
        worker.onmessage = (event) => resolve(event.data);
        worker.onerror = (event) => reject(new Error(event.message));
      });
    });
    assert.ok(data >= 60);
  });
});
