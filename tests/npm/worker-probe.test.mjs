/** A worker that the system has ended tells nobody: it is asked, and replaced. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded, reports } from "./support/fake-engine.mjs";
import { inPage, source, workers } from "./support/fake-worker.mjs";
import { fakeClock, settle } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";

const origin = "http://127.0.0.1";
const isPing = ([, name]) => name === "ping";

/** A source whose worker runs and has given an event. */
async function running(t, options) {
  const { made } = workers(t);
  const page = fakePage(t);
  const clock = fakeClock(t);
  const all = await source(t, () => made.length, { lastEventId: "1", ...options });
  const [worker] = made;
  worker.says({});
  while (!worker.calls.length) await settle();
  worker.says([
    [1, "stat", "attempts", 3],
    [1, "event", "a", "1", "5", origin, "1"],
    [1, "changed", { status: "open", transport: "fetch", resumedFrom: "1" }],
  ]);
  return {
    ...all,
    ...{ made, worker, page, clock },
    pings: () => worker.calls.filter(isPing).length,
    get engine() {
      return all.engine;
    },
  };
}

const occasions = {
  "the page is seen": ({ page }) => page.show(),
  "the page wakes up": ({ page }) => page.resume(),
  "the page is online": ({ page }) => page.online(),
  "reconnect() is called": ({ source }) => source.reconnect(),
  "a handler subscribes": ({ source }) => source.on("b", () => {}),
};

for (const [name, happens] of Object.entries(occasions))
  test(`a worker is asked whether it lives when ${name}, and is replaced if it does not answer`, async (t) => {
    const errors = reports(t);
    const all = await running(t);
    const { made, worker, clock, states, source: it, pings } = all;
    // No answer is asked for by time alone.
    await clock.advance(3_600_000);
    assert.equal(pings(), 0);
    const timers = clock.timers;
    happens(all);
    await settle();
    assert.ok(pings() > 0);
    await clock.advance(4_999);
    assert.deepEqual([worker.terminated, made.length], [false, 1]);
    await clock.advance(1);
    while (made.length < 2) await settle();
    assert.equal(worker.terminated, true);
    const { status, cause } = states.at(-1);
    assert.deepEqual([status, cause.code], ["reconnecting", "network"]);
    assert.match(cause.message, /does not answer/);
    made[1].says({});
    while (!made[1].calls.length) await settle();
    const [[number, what, , { lastEventId }, types]] = made[1].calls;
    assert.deepEqual([what, lastEventId], ["create", "5"]);
    assert.deepEqual(types, name.startsWith("a handler") ? ["b"] : []);
    // Of the one that is no more nothing is heard.
    const events = recorded((note) => it.on("a", ({ data }) => note(data)));
    worker.says([[1, "event", "a", "8", "8", origin, ""]]);
    made[1].says([
      [number, "stat", "attempts", 1],
      [number, "event", "a", "6", "6", origin, "5"],
    ]);
    assert.deepEqual([events, it.stats.attempts, it.stats.engine], [[6], 4, "worker"]);
    assert.equal(clock.timers, timers);
    assert.deepEqual(errors, []);
  });

test("a worker that says anything in time lives on", async (t) => {
  for (const answer of [
    [0, "alive"],
    [1, "stat", "opened", 1],
  ]) {
    const { made, worker, clock, source: it, states } = await running(t);
    const timers = clock.timers;
    it.reconnect();
    await clock.advance(4_999);
    worker.says([answer]);
    await clock.advance(60_000);
    assert.deepEqual([worker.terminated, made.length, states.length], [false, 1, 1]);
    assert.equal(clock.timers, timers);
    it.close();
  }
});

test("a page that was frozen while it waited asks once more", async (t) => {
  const { made, worker, clock, source: it, pings } = await running(t);
  it.reconnect();
  await settle();
  assert.equal(pings(), 1);
  clock.freeze(60_000);
  await clock.advance(0);
  assert.deepEqual([pings(), worker.terminated], [2, false]);
  await clock.advance(5_000);
  while (made.length < 2) await settle();
  assert.equal(worker.terminated, true);
});

for (const [what, options, id] of [
  ["a request that may not be repeated", {}, "5"],
  ["one that a GET resumes, but for its id's length", { resume: "get" }, "é".repeat(2049)],
])
  test(`${what} is not made again, when its worker is no more`, async (t) => {
    const { made, worker, clock, source: it, states } = await running(t, { method: "POST", ...options });
    worker.says([[1, "event", "a", "1", id, origin, "1"]]);
    it.reconnect();
    await clock.advance(5_000);
    assert.equal(worker.terminated, true);
    const { status, reason, cause } = states.at(-1);
    assert.deepEqual([status, reason, cause.code], ["closed", "fatal", "network"]);
    for (let n = 0; n < 5; n++) await settle();
    assert.equal(made.length, 1);
  });

test("one that a GET resumes goes on from the last id, when its worker is no more", async (t) => {
  const { made, clock, source: it, states } = await running(t, { method: "POST", resume: "get" });
  it.reconnect();
  await clock.advance(5_000);
  while (made.length < 2) await settle();
  made[1].says({});
  while (!made[1].calls.length) await settle();
  const [[, , , { lastEventId, resume }]] = made[1].calls;
  assert.deepEqual([states.at(-1).status, lastEventId, resume], ["reconnecting", "5", "get"]);
});

test("where no other worker starts, the page goes on", async (t) => {
  const all = await running(t);
  globalThis.Worker = class {
    constructor() {
      throw new Error("no more of them");
    }
  };
  all.source.reconnect();
  await all.clock.advance(5_000);
  while (!inPage(all)) await settle();
  assert.deepEqual([all.engine.settings.lastEventId, all.source.stats.engine], ["5", "page"]);
});

test("a source that is closed while an answer is waited for leaves no timer", async (t) => {
  const { made, clock, source: it, states } = await running(t);
  it.reconnect();
  await settle();
  it.close();
  assert.equal(clock.timers, 0);
  await clock.advance(60_000);
  assert.deepEqual([made.length, states.at(-1).status], [1, "closed"]);
});
