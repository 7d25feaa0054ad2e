/** `reconnect()` on a source that a failure has closed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { EventSourceError } from "../../dist/index.js";
import { createSource } from "../../npm/modules/source/source.js";
import { batch } from "./support/batch.mjs";
import { opened, recorded, reports } from "./support/fake-engine.mjs";
import { network, settle } from "./support/network.mjs";

const statuses = (states) => states.map(({ status }) => status);
const origin = "http://127.0.0.1";
const fatal = (made) =>
  made.host.changed({ status: "closed", reason: "fatal", cause: new EventSourceError("status", "404") });
const give = (made, ...events) => {
  const [, , lastEventId = ""] = events.at(-1);
  made.host.batch(batch(events, { origin, lastEventId }));
};

test("the same handlers go on from the last event ID, and each number is counted on", async (t) => {
  const { connect, requests } = network(t);
  const { source, states } = await connect({ transport: "fetch" });
  const data = recorded((note) => source.on("message", (event) => note(event.data)));
  const all = recorded((note) => source.onAny((events) => note(events.length), { batch: true }));
  await requests[0].answer();
  await requests[0].chunk("id: 1\ndata: 1\n\n");
  await requests[0].end();
  source.reconnect();
  await requests[1].answer();
  await requests[1].chunk("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n");
  source.reconnect();
  await requests[2].answer({ status: 404 });
  await settle();
  assert.equal(source.state.cause.status, 404);
  const { stats } = source;
  assert.deepEqual([stats.replays, stats.attempts, stats.opened], [1, 3, 2]);
  states.length = 0;
  source.reconnect();
  assert.deepEqual(source.state, { status: "connecting", attempt: 1 });
  await settle();
  assert.equal(requests[3].init.headers["last-event-id"], "2");
  await requests[3].answer();
  await requests[3].chunk("id: 3\ndata: 3\n\n");
  assert.deepEqual(statuses(states), ["connecting", "open"]);
  assert.deepEqual(
    [data, all],
    [
      [1, 2, 3],
      [1, 1, 1],
    ],
  );
  assert.deepEqual(source.cursor, { received: "3", processed: "3" });
  assert.deepEqual([source.stats.replays, source.stats.attempts, source.stats.events], [1, 4, 3]);
  // Replays are told from new events here, too.
  source.reconnect();
  await requests[4].answer();
  await requests[4].chunk("id: 3\ndata: 3\n\n");
  assert.deepEqual([source.stats.replays, source.stats.events], [2, 3]);
});

test("each failure is told, and reported if nobody is told", async (t) => {
  const reported = reports(t);
  const { source, states, made } = await opened();
  for (let round = 0; round < 3; round++) {
    fatal(made[round]);
    assert.deepEqual(statuses(states.splice(0)), round ? ["connecting", "closed"] : ["closed"]);
    source.reconnect();
    await settle();
  }
  assert.equal(made.length, 4);
  assert.deepEqual(
    made.map(({ calls }) => calls),
    [["start", "close"], ["start", "close"], ["start", "close"], ["start"]],
  );
  assert.deepEqual(reported, []);
});

test("readers that were ended stay ended, new ones get what comes", async (t) => {
  reports(t);
  const { source, made } = await opened({ buffer: { overflow: "backpressure", limitBytes: 1 } });
  const old = source.events("a");
  give(made[0], ["a", "1", "1"]);
  fatal(made[0]);
  const tooEarly = source.events("a");
  source.reconnect();
  await settle();
  const fresh = source.events("a");
  give(made[1], ["a", "2", "2"]);
  assert.equal((await old.next()).value.data, 1);
  await assert.rejects(old.next(), { code: "status" });
  await assert.rejects(tooEarly.next(), { code: "status" });
  assert.equal((await old.next()).done, true);
  // Backpressure begins anew, too.
  assert.ok(made[1].host.hold());
  assert.equal((await fresh.next()).value.data, 2);
});

test("subscriptions that come or go while it is closed hold after it", async () => {
  const { source, made } = await opened();
  const gone = [];
  const sub = source.on("gone", (event) => gone.push(event));
  fatal(made[0]);
  sub.unsubscribe();
  const late = recorded((note) => source.on("late", note));
  const states = recorded((note) => source.onState(note, { now: true }));
  source.reconnect();
  await settle();
  give(made[1], ["gone", "1"], ["late", "2"]);
  assert.deepEqual(made[1].calls, ["listen late", "start"]);
  assert.deepEqual([gone.length, late.length], [0, 1]);
  assert.deepEqual(statuses(states), ["closed", "connecting"]);
});

test("events that waited in a queue that was too full are read, and do not come again", async () => {
  const { source, made } = await opened({ buffer: { limitBytes: 1, overflow: "error" } });
  const reader = source.events("a");
  give(made[0], ["a", "1", "1"], ["a", "2", "2"]);
  await settle();
  assert.equal(source.state.reason, "overflow");
  source.reconnect();
  await settle();
  assert.equal(made[1].settings.lastEventId, "2");
  for (const n of [1, 2]) assert.equal((await reader.next()).value.data, n);
  await assert.rejects(reader.next(), { code: "overflow" });
  assert.equal(source.cursor.processed, "2");
});

test("an event that was cut off comes again, and then does not hold the cursor", async () => {
  const { source, made } = await opened();
  const handled = [];
  source.on("a", ({ data }) => {
    if (data === 2 && made.length === 1) fatal(made[0]);
  });
  source.on("a", ({ data }) => handled.push(data));
  give(made[0], ["a", "1", "1"], ["a", "2", "2"], ["a", "3", "3"]);
  assert.deepEqual([handled, source.cursor.processed], [[1], "1"]);
  source.reconnect();
  await settle();
  assert.equal(made[1].settings.lastEventId, "1");
  give(made[1], ["a", "2", "2"], ["a", "3", "3"]);
  assert.deepEqual(handled, [1, 2, 3]);
  assert.deepEqual(source.cursor, { received: "3", processed: "3" });
});

test("from within a handler it opens after the delivery, whose rest is not delivered", async () => {
  const { source, made } = await opened();
  const seen = [];
  source.on("a", ({ data }) => {
    seen.push(data);
    if (data > 1) return;
    fatal(made[0]);
    source.reconnect();
    assert.equal(source.state.status, "closed");
  });
  give(made[0], ["a", "1", "1"], ["a", "2", "2"]);
  assert.equal(source.state.status, "connecting");
  await settle();
  assert.equal(made[1].settings.lastEventId, "1");
  give(made[1], ["a", "2", "2"]);
  assert.deepEqual(seen, [1, 2]);
});

test("a handler of states may call it, and the old engine is closed all the same", async () => {
  const { source, states, made } = await opened();
  source.onState((state) => state.status === "closed" && made.length < 3 && source.reconnect());
  fatal(made[0]);
  await settle();
  fatal(made[1]);
  await settle();
  assert.deepEqual(
    made.map(({ calls }) => calls),
    [["start", "close"], ["start", "close"], ["start"]],
  );
  assert.deepEqual(statuses(states), ["closed", "connecting", "closed", "connecting"]);
});

test("an engine that did not start is started again", async () => {
  let isWell = false;
  const calls = [];
  const engine = { start: () => calls.push("start"), listen() {}, reconnect() {}, close() {} };
  const start = async () => {
    if (!isWell) throw new Error("no wasm");
    return () => engine;
  };
  const storage = { get: (key) => void calls.push(`get ${key}`), set() {} };
  const source = createSource(start, `${origin}/`, { persist: { storage, key: "k" } });
  const states = recorded((note) => source.onState(note));
  while (source.state.status !== "closed") await undefined;
  isWell = true;
  source.reconnect();
  await settle();
  assert.deepEqual(statuses(states), ["closed", "connecting"]);
  assert.deepEqual(calls, ["get k", "start"]);
  source.close();
});

test("what is kept is kept on, and not read a second time", async () => {
  const calls = [];
  const storage = {
    get: () => void calls.push("get"),
    set: (_, text) => calls.push(text.split(" ").at(-1)),
  };
  const { source, made } = await opened({ persist: { storage, key: "k" } });
  give(made[0], ["a", "1", "1"]);
  fatal(made[0]);
  assert.deepEqual(calls, ["get", "1"]);
  source.reconnect();
  await settle();
  give(made[1], ["a", "2", "2"]);
  source.close();
  assert.deepEqual(calls, ["get", "1", "2"]);
});

for (const [name, end] of Object.entries({
  "close()": ({ source }) => source.close(),
  "close() after the failure": ({ source, made }) => {
    fatal(made[0]);
    source.close();
  },
  "an abort": ({ controller }) => controller.abort(),
  "an abort after the failure": ({ made, controller }) => {
    fatal(made[0]);
    controller.abort();
  },
  "the end": ({ server }) => server.state("closed", { reason: "ended" }),
  "a 204": ({ server }) => server.state("closed", { reason: "no-content" }),
}))
  test(`it does nothing after ${name}`, async () => {
    const controller = new AbortController();
    const all = await opened({ signal: controller.signal });
    end({ ...all, controller });
    const { length } = all.states;
    all.source.reconnect();
    await settle();
    assert.deepEqual([all.made.length, all.states.length], [1, length]);
    assert.equal(all.source.state.status, "closed");
  });

test("a signal closes a source that was opened again, and is let go of with it", async () => {
  const controller = new AbortController();
  const { source, made, states } = await opened({ signal: controller.signal });
  fatal(made[0]);
  source.reconnect();
  await settle();
  controller.abort();
  assert.equal(states.at(-1).reason, "aborted");
  assert.deepEqual(made[1].calls, ["start", "close"]);
});

test("a source that a failure has closed is garbage once it is dropped, handlers and all", async (t) => {
  reports(t);
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  const { signal } = new AbortController();
  const kept = [];
  const make = async () => {
    const big = { handler: () => big };
    const { source, made } = await opened({ signal }, undefined, { isWatched: false });
    source.on("a", big.handler);
    source.onState(big.handler);
    fatal(made[0]);
    kept.push(new WeakRef(big), new WeakRef(source));
  };
  await make();
  for (let round = 0; round < 50 && kept.some((ref) => ref.deref()); round++) {
    await settle();
    gc();
  }
  assert.deepEqual(
    kept.map((ref) => ref.deref()),
    [undefined, undefined],
  );
  assert.equal(signal.aborted, false);
});

test("a reader that is opened while the source is closed keeps that failure", async () => {
  const { source, made } = await opened();
  source.onError(() => {});
  fatal(made[0]);
  const late = source.events("a");
  source.reconnect();
  source.close();
  await assert.rejects(late.next(), { code: "status" });
  assert.equal((await late.next()).done, true);
});
