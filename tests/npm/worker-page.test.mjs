/** What the page does about a worker that is not what it should be. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, recorded, reports } from "./support/fake-engine.mjs";
import { inPage, source, workers } from "./support/fake-worker.mjs";
import { fakeClock, settle } from "./support/network.mjs";

test("without workers the page does it", async (t) => {
  const { engine, source: it } = await source(t, inPage);
  assert.deepEqual(engine.calls, ["start"]);
  assert.equal(it.stats.engine, "page");
});

test("a worker that cannot be made leaves it to the page, and says so", async (t) => {
  const { made, blobs, revoked } = workers(t, () => {
    throw new Error("a policy");
  });
  const { source: it, engine } = await source(t, inPage);
  it.on("late", () => {});
  assert.deepEqual(engine.calls, ["start", "listen late"]);
  assert.deepEqual([made.length, blobs.length, revoked.callCount()], [0, 1, 1]);
  assert.equal(it.stats.engine, "page");
});

for (const [name, fail] of [
  ["an error", (worker) => worker.fails("no such script")],
  ["wasm that does not start", (worker) => worker.says({ error: new Error("no wasm") })],
])
  test(`${name} before it has started leaves it to the page`, async (t) => {
    const { made, revoked } = workers(t);
    const all = await source(t, () => made.length);
    all.source.on("b", () => {});
    assert.equal(all.engine, undefined);
    fail(made[0]);
    while (!inPage(all)) await settle();
    assert.deepEqual(all.engine.calls, ["listen b", "start"]);
    assert.deepEqual([made[0].terminated, revoked.callCount()], [true, 1]);
    assert.deepEqual(all.states, []);
  });

test("a script that never answers is waited for ten seconds", async (t) => {
  const { made } = workers(t);
  const clock = fakeClock(t);
  const all = await source(t, () => made.length, { worker: { url: "/other.js" } });
  assert.equal(made[0].script, "/other.js");
  await clock.advance(9_999);
  assert.equal(all.engine, undefined);
  await clock.advance(2);
  assert.deepEqual(all.engine.calls, ["start"]);
  assert.deepEqual([made[0].terminated, clock.timers], [true, 0]);
});

test("a source that is closed while its worker starts leaves no worker and no timer", async (t) => {
  const { made } = workers(t);
  const clock = fakeClock(t);
  const all = await source(t, () => made.length);
  assert.equal(clock.timers, 1);
  all.source.close();
  await settle();
  assert.deepEqual([made[0].terminated, clock.timers, all.engine], [true, 0, undefined]);
});

test("a source that is closed before it has begun starts no worker", async (t) => {
  const { made } = workers(t);
  const all = open({ worker: true });
  all.source.close();
  for (let n = 0; n < 5; n++) await settle();
  assert.deepEqual(made, []);
});

test("the worker is told all at once, and what is on its way from it after close() is not heard", async (t) => {
  const { made } = workers(t);
  const one = await source(t, () => made.length);
  const two = await source(t, () => true);
  one.source.on("a", () => {});
  const [worker] = made;
  worker.says({});
  while (worker.calls.length < 2) await settle();
  assert.equal(made.length, 1);
  assert.deepEqual(
    worker.calls.map(([number, name, , , types]) => [number, name, types]),
    [
      [1, "create", ["a"]],
      [2, "create", []],
    ],
  );
  const events = recorded((note) => one.source.on("b", ({ data }) => note(data)));
  two.source.on("b", () => {});
  await settle();
  assert.deepEqual(worker.said.at(-1), [
    [1, "listen", "b", true],
    // Once for both: the answer has not come yet.
    [0, "ping"],
    [2, "listen", "b", true],
  ]);
  const event = (number, data) => [number, "event", "b", `${data}`, "", "http://127.0.0.1"];
  worker.says([event(1, 1), [1, "stat", "attempts", 1], event(2, 2)]);
  one.source.close();
  worker.says([event(1, 3), [1, "changed", { status: "open" }], [1, "stat", "attempts", 9]]);
  await settle();
  assert.deepEqual(events, [1]);
  assert.deepEqual([one.source.stats.attempts, one.source.stats.events], [1, 1]);
  assert.deepEqual(
    one.states.map(({ status }) => status),
    ["closed"],
  );
  assert.deepEqual(worker.said.at(-1), [[1, "close"]]);
  assert.equal(worker.terminated, false);
  two.source.close();
  assert.equal(worker.terminated, true);
});

test("a source that fails to be told by a dead worker is told of by the page", async (t) => {
  const errors = reports(t);
  const { made } = workers(t);
  const all = await source(t, () => made.length, { lastEventId: "1" });
  made[0].says({});
  while (!made[0].calls.length) await settle();
  assert.equal(all.source.stats.engine, "worker");
  made[0].says([[1, "event", "a", "1", "5", "http://127.0.0.1"]]);
  made[0].fails("out of memory");
  while (!inPage(all)) await settle();
  assert.deepEqual([made[0].terminated, all.source.stats.engine], [true, "page"]);
  assert.deepEqual([all.engine.settings.lastEventId, all.engine.calls], ["5", ["start"]]);
  assert.equal(all.states[0].cause.message, "the worker failed: out of memory");
  assert.deepEqual(
    errors.map(({ message }) => message),
    ["the worker failed: out of memory"],
  );
});
