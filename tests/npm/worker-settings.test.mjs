/** What of a source's settings gets to the worker. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import vm from "node:vm";
import { source, workers } from "./support/fake-worker.mjs";
import { settle } from "./support/network.mjs";

/** The settings as the worker gets them: what structured cloning leaves of them. */
async function given(t, options) {
  const { made } = workers(t);
  const all = await source(t, () => made.length, options);
  made[0].says({});
  while (!made[0].calls.length) await settle();
  const [[, what, , settings]] = made[0].calls;
  all.source.close();
  assert.equal(what, "create");
  return structuredClone(settings);
}

test("every setting of the engine gets to the worker, but for a fetch of the page's own", async (t) => {
  const text = await readFile(new URL("../../npm/src/engine/settings.ts", import.meta.url), "utf8");
  const [, body] = text.match(/export interface EngineSettings \{\n([\s\S]*?)\n\}/);
  const names = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
  assert.ok(names.length > 20, `${names}`);
  const settings = await given(t, {});
  const expected = [...names.filter((name) => name !== "fetch"), "shouldRetry"];
  assert.deepEqual(Object.keys(settings).sort(), expected.sort());
});

test("each arrives as it was given", async (t) => {
  const options = {
    transport: "fetch",
    withCredentials: true,
    method: "POST",
    mode: "same-origin",
    redirect: "error",
    idempotent: true,
    eventTypes: ["a", "b"],
    connectTimeoutMs: 1,
    idleMs: 2,
    heartbeatEvent: "beat",
    hidden: "pause",
    offline: "ignore",
    resume: "get",
    lastEventId: "é",
    lastEventIdParam: false,
    eventLimit: 7,
    dropReplays: true,
    gapEvent: "gap",
    gapHeader: ["X-One", "X-Two"],
  };
  const retry = { initialMs: 1, maxMs: 2, factor: 3, maxAttempts: 4, stableMs: 5 };
  const { idempotent, ...same } = options;
  const settings = await given(t, {
    ...options,
    retry: { ...retry, shouldRetry: () => true },
    headers: { "x-a": "1" },
    body: new URLSearchParams({ a: "1" }),
    refresh: async () => {},
    delivery: { everyMs: 50 },
    buffer: { overflow: "backpressure" },
    until: () => false,
  });
  for (const [name, value] of Object.entries(same)) assert.deepEqual(settings[name], value, name);
  assert.deepEqual(
    [settings.retry, settings.headers, settings.shouldRetry, settings.refresh, settings.delivery],
    [retry, [["x-a", "1"]], true, 0, { everyMs: 50 }],
  );
  assert.equal(Buffer.from(settings.body.bytes).toString(), "a=1");
  const { request, ownRetry, exact, hasUntil } = settings;
  assert.deepEqual([request, ownRetry, exact, hasUntil], ["idempotent", true, true, true]);
});

const { foreign, bare, proxied } = {
  foreign: vm.runInNewContext("({ everyMs: 50, more: () => {} })"),
  bare: Object.assign(Object.create(null), { everyMs: 50 }),
  proxied: new Proxy({ everyMs: 50 }, {}),
};
for (const [name, delivery] of Object.entries({ foreign, bare, proxied }))
  test(`a ${name} object as delivery arrives like any other`, async (t) => {
    const { delivery: arrived } = await given(t, { delivery });
    assert.deepEqual(arrived, { everyMs: 50 });
  });

test("options that are foreign objects arrive like any other", async (t) => {
  const options = vm.runInNewContext(
    `({ eventTypes: ["a"], gapHeader: ["X-A"], retry: { initialMs: 5 }, headers: { "x-a": "1" } })`,
  );
  const { eventTypes, gapHeader, retry, headers } = await given(t, options);
  assert.deepEqual([eventTypes, gapHeader, retry.initialMs, headers], [["a"], ["X-A"], 5, [["x-a", "1"]]]);
});
