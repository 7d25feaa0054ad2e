/** The engine in a worker, in a real browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "./support/browser.mjs";
import { call } from "./support/mcp.mjs";
import { inSomeRound } from "./support/rounds.mjs";
import { first, hello, watch } from "./support/worker.mjs";

browserSuite("a worker", (open) => {
  const watched = (t, where) => open(t, { prepare: (page) => page.addInitScript(watch), ...where });

  for (const transport of ["auto", "fetch"])
    test(`makes the requests, and the page none, over ${transport}`, async (t) => {
      const url = await scenario({ attempts: [hello] });
      const { page, uncaught } = await watched(t);
      const seen = await page.evaluate(first, [url, { worker: true, transport }]);
      assert.deepEqual(
        [seen.data, seen.engine, seen.states, seen.stats.attempts, seen.stats.opened, seen.stats.events],
        [1, "worker", ["open"], 1, 1, 1],
      );
      assert.deepEqual(await page.evaluate("watched.requests"), 0);
      const [{ headers }] = await attempts(url);
      assert.equal(headers["sec-fetch-mode"], "cors");
      assert.equal(headers.accept, "text/event-stream");
      assert.deepEqual(uncaught, []);
    });

  test("its script is asked for before the code that starts it is there", async (t) => {
    const url = await scenario({ attempts: [hello] });
    const { page } = await watched(t);
    await page.evaluate(first, [url, { worker: true }]);
    const [hub, script] = await page.evaluate(() =>
      ["hub", "script"].map((name) => {
        const [file] = performance.getEntriesByName(new URL(`/dist/${name}.js`, location.href).href);
        return { from: file.startTime, to: file.responseEnd };
      }),
    );
    assert.ok(script.from <= hub.to, JSON.stringify([hub, script]));
  });

  test("resumes a POST by a GET, as often as the server wants", async (t) => {
    const { page, uncaught } = await watched(t);
    const { until: _, ...options } = call();
    const seen = await page.evaluate(async (options) => {
      const { connect } = await import("/dist/index.js");
      const until = ({ data }) => data.includes('"result"');
      const source = connect("/mcp", { ...options, until, worker: true });
      const got = [];
      for await (const { data } of source.events()) got.push(data?.params?.progress ?? 0);
      const { state, stats } = source;
      return [got, state.reason, state.by, stats.engine, stats.attempts, globalThis.watched.requests];
    }, options);
    assert.deepEqual(seen, [[0, 1, 2, 3], "ended", "until", "worker", 3, 0]);
    assert.deepEqual(uncaught, []);
  });

  test("tells of an answer that is cut short", async (t) => {
    const url = await scenario({ attempts: [{ steps: [{ send: "data: 1\n\n" }] }] });
    const { page } = await watched(t);
    const seen = await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      const source = connect(url, { method: "POST", until: ({ data }) => data === "2", worker: true });
      const got = [];
      try {
        for await (const { data } of source.events()) got.push(data);
      } catch ({ code }) {
        got.push(code);
      }
      return [got, source.state.reason, source.state.cause.code, source.stats.engine];
    }, url);
    assert.deepEqual(seen, [[1, "truncated"], "fatal", "truncated", "worker"]);
  });

  test("is one for all sources, and ends with the last of them", async (t) => {
    const url = await scenario({ attempts: [hello], afterwards: "repeat-last" });
    const { page } = await watched(t);
    const counts = await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      const { watched } = globalThis;
      const counts = [];
      const sources = [1, 2, 3].map(() => connect(url, { worker: true }));
      await Promise.all(sources.map((source) => source.events("message").next()));
      counts.push(watched.workers);
      for (const source of sources) {
        source.close();
        counts.push(watched.workers);
      }
      // Closed before it has started, and while it starts.
      connect(url, { worker: true }).close();
      const early = connect(url, { worker: true });
      while (watched.scripts.length < 2) await new Promise((resolve) => setTimeout(resolve));
      early.close();
      counts.push(watched.workers);
      const late = connect(url, { worker: true });
      await late.events("message").next();
      counts.push(watched.workers);
      late.close();
      return [...counts, watched.workers, late.stats.engine];
    }, url);
    assert.deepEqual(counts, [1, 1, 1, 0, 0, 1, 0, "worker"]);
    // The server sees every connection go.
    await attempts(url, (all) => all.length === 4 && all.every(({ clientLeft }) => clientLeft));
  });

  test("is replaced when the system has ended it, and goes on from the last id", async (t) => {
    const url = await scenario({
      attempts: [hello, { steps: [{ send: "id: 8\ndata: 2\n\n" }], end: "hold" }],
    });
    const { page, uncaught } = await open(t);
    const seen = await page.evaluate(async (url) => {
      const workers = [];
      const { Worker } = globalThis;
      globalThis.Worker = class extends Worker {
        constructor(...all) {
          super(...all);
          workers.push(this);
        }
      };
      const { connect } = await import("/dist/index.js");
      const source = connect(url, { worker: true, transport: "fetch" });
      const states = [];
      source.onState(({ status, resumedFrom, cause }) =>
        states.push([status, cause?.code ?? resumedFrom ?? ""]),
      );
      const events = source.events("message");
      const one = await events.next();
      // As the system does: nobody is told.
      Worker.prototype.terminate.call(workers[0]);
      source.on("other", () => {});
      const two = await events.next();
      const { stats } = source;
      source.close();
      return [
        one.value.data,
        two.value.data,
        workers.length,
        states.slice(0, 3),
        stats.attempts,
        stats.engine,
      ];
    }, url);
    assert.deepEqual(seen, [
      ...[1, 2, 2],
      [
        ["open", ""],
        ["reconnecting", "network"],
        ["open", "7"],
      ],
      ...[2, "worker"],
    ]);
    const came = await attempts(url);
    assert.equal(came[1].headers["last-event-id"], "7");
    assert.deepEqual(uncaught, []);
  });

  test("takes what init() was given", async (t) => {
    const url = await scenario({ attempts: [hello] });
    const { page } = await open(t);
    const seen = await page.evaluate(async (url) => {
      const { connect, init } = await import("/dist/index.js");
      const bytes = await (await fetch("/dist/wasm/engine.wasm")).arrayBuffer();
      const module = await WebAssembly.compile(bytes);
      await init({ module });
      const posted = [];
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (message) {
        posted.push(message);
        postMessage.call(this, message);
      };
      const source = connect(url, { worker: true });
      await source.events("message").next();
      source.close();
      return [source.stats.engine, posted.indexOf(module)];
    }, url);
    assert.deepEqual(seen, ["worker", 0]);
  });

  test("does not read on while the page is busy with what came", async (t) => {
    const many = { events: { to: 100_000_000, type: "tick", bytes: 1000, perWrite: 20 } };
    await inSomeRound(t, async () => {
      const url = await scenario({ attempts: [{ steps: [many], end: "hold" }] });
      const { page } = await open(t);
      const seen = await page.evaluate(async (url) => {
        let held = [];
        globalThis.Worker = class extends Worker {
          postMessage(calls) {
            // As if it had not come to that yet.
            if (held && Array.isArray(calls) && calls.some(([, name]) => name === "taken")) held.push(calls);
            else super.postMessage(calls);
          }
          release() {
            for (const calls of held) super.postMessage(calls);
            held = undefined;
          }
          constructor(script) {
            super(script);
            globalThis.made = this;
          }
        };
        const { connect } = await import("/dist/index.js");
        const source = connect(url, { worker: true, transport: "fetch" });
        await source.events("tick").next();
        let before = 0;
        // A slow browser may pause before it is told of anything.
        while (held.length === 0 || (before !== source.stats.events && before < 20_000)) {
          before = source.stats.events;
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
        globalThis.made.release();
        while (source.stats.events < before + 100) await new Promise((resolve) => setTimeout(resolve));
        source.close();
        return { before, engine: source.stats.engine };
      }, url);
      assert.equal(seen.engine, "worker");
      // A quarter of a megabyte, and the rest of the chunk that went over it: on a busy machine that may be large.
      assert.ok(seen.before < 2500, `${seen.before} events of 1 kB came`);
    });
  });

  test("speaks at once at a low rate, and a frame's worth at a time at a high one", async (t) => {
    const stream = (everyMs) => ({ events: { to: 100_000, type: "tick", perWrite: 1, everyMs } });
    const script = (everyMs) => ({ attempts: [{ steps: [stream(everyMs)], end: "hold" }] });
    const { page } = await watched(t);
    const counted = async (everyMs, events, delivery) =>
      page.evaluate(
        async ([url, events, delivery]) => {
          const { connect } = await import("/dist/index.js");
          const { watched } = globalThis;
          const source = connect(url, { worker: true, transport: "fetch", delivery });
          const stream = source.events("tick");
          await stream.next();
          const [messages, from] = [watched.messages, performance.now()];
          for (let n = 0; n < events; n++) await stream.next();
          const counted = { messages: watched.messages - messages, ms: performance.now() - from };
          source.close();
          return { ...counted, engine: source.stats.engine };
        },
        [await scenario(script(everyMs)), events, delivery],
      );
    await inSomeRound(t, async () => {
      const low = await counted(100, 10);
      assert.ok(low.engine === "worker" && low.messages >= 8, JSON.stringify(low));
    });
    await inSomeRound(t, async () => {
      const high = await counted(1, 500);
      // Two frames may have begun, and one may have been cut.
      assert.ok(high.messages <= high.ms / 16 + 3, JSON.stringify(high));
      const { messages, ms } = await counted(1, 500, "immediate");
      assert.ok(messages > ms / 16 + 3, `${messages} messages in ${ms} ms`);
    });
  });
});
