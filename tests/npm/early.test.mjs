/** Where the first request over fetch is certain, it is made before the engine is there. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createEngines } from "../../npm/modules/engine/engine.js";
import { createSource } from "../../npm/modules/source/source.js";
import { replace, settle } from "./support/network.mjs";

const wasm = new WebAssembly.Module(readFileSync(new URL("../../dist/wasm/engine.wasm", import.meta.url)));
const engines = createEngines(new WebAssembly.Instance(wasm).exports);
const url = "http://127.0.0.1/stream";

/** A source whose engine is there when the test says so, and its requests. */
function opened(t, options = {}, to = url) {
  const requests = [];
  const fetch = (to, init) =>
    new Promise((resolve, reject) => {
      const request = { ...init, url: `${to}`, answer: () => resolve(answer()), fail: reject };
      requests.push(request);
      init.signal.addEventListener("abort", () => reject(init.signal.reason));
    });
  replace(t, { fetch });
  let resolve;
  let reject;
  const engine = new Promise((...settle) => {
    [resolve, reject] = settle;
  });
  const source = createSource(() => engine, to, options);
  t.after(source.close);
  const states = [];
  source.onState(({ status, reason }) => states.push(reason ?? status));
  return { source, requests, start: () => resolve(engines), fail: reject, states };
}

const answer = () =>
  new Response(new Blob(["data:1\n\n"]).stream(), { headers: { "content-type": "text/event-stream" } });

const certain = {
  "a transport of fetch": { transport: "fetch" },
  "a POST": { method: "POST", body: "{}" },
  "headers of a function": { headers: async () => ({ authorization: "Bearer 1" }) },
};
for (const [what, options] of Object.entries(certain))
  test(`${what}: the request waits for nothing, and is the only one`, async (t) => {
    const { source, requests, start, states } = opened(t, options);
    assert.equal(requests.length, 0);
    await settle();
    assert.equal(requests.length, 1);
    const events = [];
    source.onAny(({ data }) => events.push(data));
    start();
    await settle();
    assert.deepEqual([requests.length, source.stats.attempts, states], [1, 1, []]);
    requests[0].answer();
    while (!events.length) await settle();
    assert.deepEqual([events, source.stats.opened, states[0]], [[1], 1, "open"]);
    // Its end is followed by a request of its own.
    assert.equal(requests.length, 1);
    source.close();
    assert.ok(requests[0].signal.aborted);
  });

test("it is the request that the engine would make", async (t) => {
  const options = { method: "POST", body: "{}", headers: { "x-key": "1" }, withCredentials: true };
  const early = opened(t, options);
  await settle();
  early.start();
  await settle();
  const late = opened(t, { ...options, persist: { key: "k", storage: new Map() } });
  await settle();
  assert.equal(late.requests.length, 0);
  late.start();
  while (!late.requests.length) await settle();
  const plain = ({ headers, signal, answer, fail, ...init }) => ({ ...init, headers: [...headers] });
  assert.deepEqual(plain(early.requests[0]), plain(late.requests[0]));
});

test("an answer before the engine is there is kept", async (t) => {
  const { source, requests, start } = opened(t, { transport: "fetch" });
  await settle();
  requests[0].answer();
  await settle();
  const events = [];
  source.onAny(({ data }) => events.push(data));
  start();
  while (!events.length) await settle();
  assert.equal(requests.length, 1);
});

test("a failure before the engine is there is an attempt that failed", async (t) => {
  const { source, requests, start, states } = opened(t, {
    transport: "fetch",
    retry: { initialMs: 0, maxMs: 0 },
  });
  await settle();
  requests[0].fail(new TypeError("Failed to fetch"));
  await settle();
  assert.deepEqual(states, []);
  start();
  while (requests.length < 2) await settle();
  assert.deepEqual(states.slice(0, 2), ["reconnecting", "connecting"]);
  assert.equal(source.stats.attempts, 2);
});

test("closed at once: no request is made", async (t) => {
  const { source, requests } = opened(t, { transport: "fetch" });
  source.close();
  await settle();
  assert.equal(requests.length, 0);
});

test("closed before the engine is there: the request is aborted", async (t) => {
  const { source, requests, start } = opened(t, { transport: "fetch" });
  await settle();
  source.close();
  assert.ok(requests[0].signal.aborted);
  start();
  await settle();
  assert.equal(requests.length, 1);
});

test("an engine that does not start: the request is aborted", async (t) => {
  const { requests, fail, states, source } = opened(t, { transport: "fetch" });
  source.onError(() => {});
  await settle();
  fail(new Error("no WebAssembly"));
  await settle();
  assert.deepEqual([states, requests[0].signal.aborted], [["start-failed"], true]);
});

const uncertain = {
  "an id to go on from": { transport: "fetch", lastEventId: "7" },
  "a stored id": { transport: "fetch", persist: { key: "k", storage: new Map() } },
  "the browser's EventSource": {},
  "a page that pauses while it is hidden": { transport: "fetch", hidden: "pause" },
};
for (const [what, options] of Object.entries(uncertain))
  test(`${what}: the request waits for the engine`, async (t) => {
    replace(t, { EventSource: class {} });
    const { requests } = opened(t, options);
    await settle();
    assert.equal(requests.length, 0);
  });

test("a URL that the application is asked for waits for the engine", async (t) => {
  const { requests } = opened(t, { transport: "fetch" }, () => url);
  await settle();
  assert.equal(requests.length, 0);
});
