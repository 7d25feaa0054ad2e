/** Workers that may not be, and workers that fail, in a real browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario, server } from "./support/browser.mjs";
import { policed } from "./support/policy.mjs";
import { first, hello, watch } from "./support/worker.mjs";

browserSuite("a worker and the page's policy", (open) => {
  /** A page with a policy; it reads a stream of another origin. */
  const visit = async (t, policy, worker, scripts) => {
    const url = server + (await scenario({ attempts: [hello], afterwards: "repeat-last" }));
    const { page, uncaught } = await open(t, { prepare: (page) => page.addInitScript(watch) });
    await page.goto(await policed(t, policy, scripts));
    return { url, page, uncaught, seen: (options) => page.evaluate(first, [url, { worker, ...options }]) };
  };
  const strict = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ${server}`;

  for (const transport of ["auto", "fetch"])
    test(`that forbids blobs lets { url } in, over ${transport}`, async (t) => {
      const { page, uncaught, seen } = await visit(t, `${strict}; worker-src 'self'`, {
        url: "/dist/worker.js",
      });
      const { data, engine } = await seen({ transport });
      assert.deepEqual([data, engine], [1, "worker"]);
      const { scripts, requests } = await page.evaluate("watched");
      assert.deepEqual([scripts, requests], [["/dist/worker.js"], 0]);
      assert.deepEqual(uncaught, []);
    });

  test("that forbids blobs leaves the rest to the page, which says so", async (t) => {
    const { page, uncaught, seen } = await visit(t, `${strict}; worker-src 'self'`, true);
    for (let n = 0; n < 2; n++) {
      const { data, engine, states } = await seen();
      assert.deepEqual([data, engine, states], [1, "page", ["open"]]);
    }
    assert.ok((await page.evaluate("watched.requests")) > 0);
    assert.deepEqual(uncaught, []);
  });

  test("that lets blobs in is theirs too", async (t) => {
    const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:`;
    const { url, page, seen } = await visit(t, `${policy}; connect-src ${server}`, true);
    assert.equal((await seen()).engine, "worker");
    await page.goto(await policed(t, `${policy}; connect-src 'none'`));
    const lost = await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      const source = connect(url, { worker: true, transport: "fetch", retry: { maxAttempts: 1 } });
      const { reason, cause } = await new Promise((resolve) => source.onState(resolve));
      return [reason, cause.code, source.stats.engine, cause.message];
    }, url);
    assert.deepEqual(lost.slice(0, 3), ["attempts-exhausted", "network", "worker"]);
    assert.match(lost[3], /connect-src/);
    assert.equal((await attempts(url.slice(server.length))).length, 1);
  });

  for (const [how, worker] of [
    ["a blob", true],
    ["a file", { url: "/dist/worker.js" }],
  ])
    test(`without 'wasm-unsafe-eval' leaves it to the page and its JavaScript: ${how}`, async (t) => {
      const policy = `default-src 'none'; script-src 'self'; worker-src 'self' blob:; connect-src ${server}`;
      const { page, uncaught, seen } = await visit(t, policy, worker);
      const { data, engine, states } = await seen();
      assert.deepEqual([data, engine, states], [1, "page-js", ["open"]]);
      assert.equal(await page.evaluate("watched.workers"), 0);
      assert.deepEqual(uncaught, []);
    });

  test("without 'wasm-unsafe-eval' is the page's alone: a file that comes with none has its wasm", async (t) => {
    const free = { "/free.js": () => ({ text: `importScripts("/dist/worker.js")` }) };
    const { seen } = await visit(t, `script-src 'self'; connect-src ${server}`, { url: "/free.js" }, free);
    const { data, engine } = await seen();
    assert.deepEqual([data, engine], [1, "worker"]);
  });

  test("a script that is not there leaves it to the page", async (t) => {
    const { seen } = await visit(t, "", { url: "/dist/none.js" });
    const { data, engine } = await seen();
    assert.deepEqual([data, engine], [1, "page"]);
  });
});

browserSuite("a worker that fails", (open) => {
  /** Fails when it is told to. */
  const failing = `importScripts("/dist/worker.js");
    new BroadcastChannel("fail").onmessage = () => { throw new Error("on purpose"); };`;

  const lost = async (t, options) => {
    const { page, uncaught } = await open(t);
    await page.goto(await policed(t, "", { "/failing.js": failing }));
    const url = await scenario({
      attempts: [
        { steps: [{ events: { to: 5, atMost: 3, type: "tick" } }], end: "hold" },
        { steps: [{ events: { to: 5, type: "tick" } }], end: "hold" },
      ],
    });
    const seen = await page.evaluate(
      async ([url, options]) => {
        const { connect } = await import("/dist/index.js");
        const source = connect(url, { worker: { url: "/failing.js" }, ...options });
        const states = [];
        source.onState(({ status, reason, cause }) =>
          states.push([status, reason, cause?.code, cause?.message]),
        );
        const ids = [];
        const engines = [];
        const whole = new Promise((resolve) => {
          source.on("tick", ({ lastEventId }) => {
            ids.push(lastEventId);
            if (ids.length === 3) {
              engines.push(source.stats.engine);
              new BroadcastChannel("fail").postMessage("");
            }
            if (ids.length === 5) resolve();
          });
          source.onState(({ status }) => status === "closed" && resolve());
        });
        await whole;
        engines.push(source.stats.engine);
        source.close();
        return { ids, states, engines };
      },
      [server + url, options],
    );
    return { ...seen, uncaught, url };
  };
  const why = /^the worker failed: .*on purpose$/;

  test("leaves it to the page, which goes on where it was, and says so", async (t) => {
    const { ids, states, engines, uncaught, url } = await lost(t, { transport: "fetch" });
    assert.deepEqual(ids, ["1", "2", "3", "4", "5"]);
    assert.deepEqual(engines, ["worker", "page"]);
    assert.deepEqual(
      states.map(([status, , code]) => [status, code ?? ""].join(" ").trim()),
      ["open", "reconnecting network", "open", "closed"],
    );
    assert.match(states[1][3], why);
    assert.equal(uncaught.length, 1);
    assert.match(uncaught[0], why);
    const came = await attempts(url, (all) => all.length === 2 && all.every(({ clientLeft }) => clientLeft));
    assert.equal(came[1].lastEventId, "3");
  });

  test("ends a request that must not be made twice", async (t) => {
    const { ids, states, url } = await lost(t, { method: "POST" });
    assert.deepEqual(ids, ["1", "2", "3"]);
    assert.deepEqual(states.at(-1).slice(0, 3), ["closed", "fatal", "network"]);
    assert.equal((await attempts(url)).length, 1);
  });
});
