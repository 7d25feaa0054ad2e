/** Events of the browser's EventSource, which come one by one, are handed over together. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, settle } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";

/** An open stream; `seen` has the data of its events and its states, in order. */
async function gathering(t, delivery = { everyMs: 100 }, options = {}) {
  const net = network(t);
  const { source } = await net.connect({ transport: "eventsource", delivery, ...options });
  while (!net.natives.length) await settle();
  const seen = [];
  source.onState(({ status }) => seen.push(status));
  source.on("a", ({ data }) => seen.push(data));
  const [native] = net.natives;
  native.open();
  return { ...net, source, native, seen };
}

test("the first event comes at once, the next ones together when the interval is over", async (t) => {
  const { native, seen, clock } = await gathering(t);
  native.send("a", "1");
  assert.deepEqual(seen, ["open", 1]);
  await clock.advance(50);
  native.send("a", "2");
  native.send("a", "3");
  await clock.advance(49);
  assert.deepEqual(seen, ["open", 1]);
  await clock.advance(1);
  assert.deepEqual(seen, ["open", 1, 2, 3]);
  native.send("a", "4");
  assert.equal(seen.length, 4, "so soon after those it waits again");
  await clock.advance(100);
  assert.equal(seen.at(-1), 4);
  await clock.advance(100);
  const { timers } = clock;
  native.send("a", "5");
  assert.equal(seen.at(-1), 5);
  assert.equal(clock.timers, timers + 1);
  await clock.advance(100);
  assert.equal(clock.timers, timers, "in silence nothing is waited for");
});

for (const delivery of ["auto", "immediate"])
  test(`${delivery}: each comes at once`, async (t) => {
    const { native, seen } = await gathering(t, delivery);
    for (let n = 1; n <= 20; n++) native.send("a", `${n}`);
    assert.equal(seen.length, 21);
  });

test("frame: without frames, every 32 ms", async (t) => {
  const { native, seen, clock } = await gathering(t, "frame");
  native.send("a", "1");
  native.send("a", "2");
  await clock.advance(31);
  assert.deepEqual(seen, ["open", 1]);
  await clock.advance(1);
  assert.deepEqual(seen, ["open", 1, 2]);
});

test("what came before a change of state is handed over before it", async (t) => {
  const { native, seen } = await gathering(t);
  native.send("a", "1");
  native.send("a", "2");
  native.send("a", "3");
  native.lose();
  assert.deepEqual(seen, ["open", 1, 2, 3, "reconnecting"]);
});

test("the last event ID is each event's own, and the next connection goes on after the last", async (t) => {
  const { native, natives, source, clock } = await gathering(t);
  const ids = [];
  source.on("a", ({ lastEventId }) => ids.push(lastEventId));
  native.send("a", "1", "x");
  native.send("a", "2", "y");
  native.send("a", "3", "z");
  assert.equal(source.cursor.received, "x");
  source.reconnect();
  await clock.advance(1000);
  assert.deepEqual(ids, ["x", "y", "z"]);
  assert.match(natives.at(-1).url, /lastEventId=z/);
});

test("close() hands over nothing more, and leaves no timer", async (t) => {
  const { native, seen, source, clock } = await gathering(t);
  native.send("a", "1");
  native.send("a", "2");
  source.close();
  assert.equal(clock.timers, 0);
  await clock.advance(1000);
  assert.deepEqual(seen, ["open", 1, "closed"]);
});

test("a handler that closes ends it for those gathered behind its event", async (t) => {
  const { native, seen, source, clock } = await gathering(t);
  source.on("a", ({ data }) => data === 3 && source.close());
  for (let n = 1; n <= 5; n++) native.send("a", `${n}`);
  await clock.advance(100);
  assert.deepEqual(seen, ["open", 1, 2, 3, "closed"]);
  assert.equal(clock.timers, 0);
  assert.equal(source.stats.events, 3);
});

test("a handler that reconnects changes no order", async (t) => {
  const { native, seen, source, clock } = await gathering(t);
  source.on("a", ({ data }) => data === 2 && source.reconnect());
  for (let n = 1; n <= 4; n++) native.send("a", `${n}`);
  await clock.advance(100);
  assert.deepEqual(seen.slice(0, 5), ["open", 1, 2, 3, 4]);
  assert.deepEqual(seen.slice(5, 6), ["reconnecting"]);
});

test("no more than 1,024 are gathered", async (t) => {
  const { native, seen } = await gathering(t, { everyMs: 60_000 });
  for (let n = 1; n <= 1024; n++) native.send("a", `${n}`);
  assert.equal(seen.length, 2);
  native.send("a", "1025");
  assert.equal(seen.length, 1 + 1025);
});

test("a handler that takes events together gets what was gathered in one array", async (t) => {
  const { source, native, clock } = await gathering(t);
  const seen = [];
  source.on("a", (events) => seen.push(events.map(({ data }) => data)), { batch: true });
  for (const data of ["1", "2", "3"]) native.send("a", data);
  assert.deepEqual(seen, [[1]]);
  await clock.advance(100);
  assert.deepEqual(seen, [[1], [2, 3]]);
});

test("whatever befalls the page ends the wait, and nothing watches it in the end", async (t) => {
  const page = fakePage(t, { hidden: true });
  const { source, native, seen, clock } = await gathering(t, { everyMs: 60_000 });
  const fates = ["show", "hide", "offline", "online", "resume"];
  for (const [number, fate] of fates.entries()) {
    native.send("a", `${number}`);
    page[fate]();
    assert.equal(seen.at(-1), number, fate);
  }
  // Nothing came since the last, so the next one comes at once.
  page.show();
  native.send("a", "9");
  assert.equal(seen.at(-1), 9);
  source.close();
  assert.deepEqual([clock.timers, page.listeners], [0, 0]);
});
