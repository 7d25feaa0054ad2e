/** `buffer.overflow: "backpressure"`: whoever is slow lets the server wait. The real engine, in a time of the test's own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chunkOf, held, take } from "./support/backpressure.mjs";
import { reports } from "./support/fake-engine.mjs";
import { network, settle } from "./support/network.mjs";

const numRuns = Number(process.env.PROPTEST_CASES || 200);

test("auto takes fetch for it", async (t) => {
  const { natives, requests } = await held(t);
  assert.deepEqual([natives.length, requests.length], [0, 1]);
});

test("nothing is read while a queue is full, and a chunk that is there is queued whole", async (t) => {
  const { source, open } = await held(t);
  const iterator = source.events("a");
  const request = await open();
  await request.chunk(chunkOf(1));
  await request.chunk(chunkOf(3, 2));
  await request.chunk(chunkOf(1, 5));
  assert.equal(request.unread, 1);
  assert.equal(await take(iterator), 1);
  assert.equal(await take(iterator), 2);
  assert.equal(request.unread, 1, "two still wait");
  assert.equal(await take(iterator), 3);
  assert.equal(request.unread, 0);
  assert.deepEqual([await take(iterator), await take(iterator)], [4, 5]);
  assert.equal(iterator.dropped, 0);
});

test("whatever comes and is read in whatever order, nothing is lost, and no more is read than there is room for", async (t) => {
  const step = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(0));
  const net = network(t);
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 4 }),
    fc.array(step, { maxLength: 40 }),
    async (limit, steps) => {
      const { source } = await net.connect({ buffer: { limitBytes: 103 * limit, overflow: "backpressure" } });
      const request = net.requests.at(-1);
      await request.answer();
      const iterator = source.events("a");
      const waiting = [];
      let [queued, sent, read] = [0, 0, 0];
      const move = () => {
        while (queued < limit && waiting.length) queued += waiting.shift();
      };
      for (const count of steps) {
        if (count) {
          await request.chunk(chunkOf(count, sent + 1));
          sent += count;
          waiting.push(count);
        } else if (queued) {
          assert.equal(await take(iterator), ++read);
          queued--;
        }
        move();
        assert.equal(request.unread, waiting.length);
      }
      while (read < sent) assert.equal(await take(iterator), ++read);
      assert.deepEqual([source.stats.dropped, request.unread], [0, 0]);
      source.close();
    },
  );
  await fc.assert(property, { numRuns });
});

for (const holdMs of [undefined, 50])
  test(`who takes nothing for ${holdMs ? "holdMs" : "30 s"} is waited for no longer`, async (t) => {
    const { source, open, clock } = await held(t, { holdMs });
    source.events("a");
    const request = await open();
    await request.chunk(chunkOf(2));
    await request.chunk(chunkOf(1, 3));
    await clock.advance((holdMs ?? 30_000) - 1);
    assert.equal(request.unread, 1);
    await clock.advance(1);
    assert.equal(request.unread, 0);
  });

test("who is waited for no longer loses the oldest, is told, and holds again once it reads", async (t) => {
  const { source, open, clock, errors } = await held(t, { holdMs: 50 });
  const iterator = source.events("a");
  const request = await open();
  await request.chunk(chunkOf(4));
  await clock.advance(50);
  const told = () => errors.map(({ code, dropped }) => [code, dropped]);
  assert.deepEqual(told(), [["lagged", 2]]);
  await request.chunk(chunkOf(3, 5));
  await request.chunk(chunkOf(1, 8));
  assert.deepEqual([request.unread, iterator.dropped], [0, 6]);
  assert.equal(await take(iterator), 7);
  assert.deepEqual(told().slice(1), [["lagged", 4]]);
  // It reads again: the next chunk fills its queue, the one after it waits.
  await request.chunk(chunkOf(1, 9));
  await request.chunk(chunkOf(1, 10));
  assert.deepEqual([request.unread, iterator.dropped], [1, 6]);
});

test("who takes something has holdMs again", async (t) => {
  const { source, open, clock } = await held(t, { holdMs: 50 });
  const iterator = source.events("a");
  const request = await open();
  await request.chunk(chunkOf(9));
  await request.chunk(chunkOf(1, 10));
  for (let n = 1; n <= 5; n++) {
    await clock.advance(49);
    assert.equal(await take(iterator), n);
  }
  assert.deepEqual([request.unread, iterator.dropped], [1, 0]);
  await clock.advance(50);
  assert.equal(request.unread, 0);
});

test("one that takes nothing is given up in its own time, however busy another one is", async (t) => {
  const { source, open, clock } = await held(t, { holdMs: 50 });
  source.events("a");
  const busy = source.events("a");
  const request = await open();
  await request.chunk(chunkOf(9));
  await request.chunk(chunkOf(1, 10));
  for (let n = 1; n <= 5; n++) {
    await clock.advance(10);
    await take(busy);
  }
  assert.equal(request.unread, 1, "the busy one still has four");
  for (let n = 6; n <= 8; n++) await take(busy);
  assert.equal(request.unread, 0);
});

test("several that take nothing are given up at the same time", async (t) => {
  const { source, open, clock } = await held(t, { holdMs: 50 });
  for (let n = 0; n < 3; n++) source.events("a");
  source.on("a", () => new Promise(() => {}));
  const request = await open();
  await request.chunk(chunkOf(2));
  await request.chunk(chunkOf(1, 3));
  await clock.advance(49);
  assert.equal(request.unread, 1);
  await clock.advance(1);
  assert.equal(request.unread, 0);
});

test("the slowest of several readers sets the pace", async (t) => {
  const { source, open } = await held(t);
  const [slow, fast] = [source.events("a"), source.events("a")];
  const request = await open();
  await request.chunk(chunkOf(2));
  await request.chunk(chunkOf(1, 3));
  await take(fast);
  await take(fast);
  assert.equal(request.unread, 1);
  await take(slow);
  assert.equal(request.unread, 0);
});

test("each who holds has one timer, and nobody else has", async (t) => {
  const { source, open, clock } = await held(t, { limit: 1 });
  const [one, two] = [source.events("a"), source.events("a")];
  const request = await open();
  for (const n of [1, 2]) {
    await request.chunk(chunkOf(1, n));
    assert.equal(clock.timers, 2);
    await take(one);
    assert.equal(clock.timers, 1);
    await take(two);
    assert.equal(clock.timers, 0);
  }
});

test("a reader that leaves holds nobody", async (t) => {
  const { source, open } = await held(t);
  const iterator = source.events("a");
  const request = await open();
  await request.chunk(chunkOf(2));
  await request.chunk(chunkOf(1, 3));
  await iterator.return();
  await settle();
  assert.equal(request.unread, 0);
});

test("a reader of other events holds nobody", async (t) => {
  const { source, open } = await held(t);
  source.events("b");
  const request = await open();
  await request.chunk(chunkOf(9));
  await request.chunk(chunkOf(1, 10));
  assert.equal(request.unread, 0);
});

test("promises of handlers count, however they end", async (t) => {
  reports(t);
  const { source, open } = await held(t);
  const calls = [];
  source.on("a", () => new Promise((...ends) => calls.push(ends)));
  const request = await open();
  await request.chunk(chunkOf(3));
  await request.chunk(chunkOf(1, 4));
  const [[resolve], [, reject]] = calls;
  resolve();
  await settle();
  assert.deepEqual([request.unread, calls.length], [1, 3]);
  reject(new Error("broken"));
  await settle();
  assert.deepEqual([request.unread, calls.length], [0, 4]);
});

test("handlers that return or throw hold nobody", async (t) => {
  reports(t);
  const { source, open } = await held(t);
  source.on("a", ({ data }) => {
    if (data % 2) throw new Error("broken");
  });
  const request = await open();
  await request.chunk(chunkOf(9));
  await request.chunk(chunkOf(1, 10));
  assert.equal(request.unread, 0);
});

test("handlers that are never done are waited for no longer than holdMs, and get everything", async (t) => {
  const { source, open, clock } = await held(t, { holdMs: 50 });
  let calls = 0;
  source.on("a", () => new Promise(() => calls++));
  const request = await open();
  await request.chunk(chunkOf(2));
  await request.chunk(chunkOf(5, 3));
  await request.chunk(chunkOf(1, 8));
  await clock.advance(50);
  assert.deepEqual([request.unread, calls], [0, 8]);
});

test("handlers that were waited for no longer hold again once one of them is done", async (t) => {
  const { source, open, clock } = await held(t, { holdMs: 50 });
  const calls = [];
  source.on("a", () => new Promise((resolve) => calls.push(resolve)));
  const request = await open();
  await request.chunk(chunkOf(2));
  await clock.advance(50);
  calls[0]();
  await settle();
  await request.chunk(chunkOf(1, 3));
  await request.chunk(chunkOf(1, 4));
  assert.equal(request.unread, 1);
});

for (const busy of ["a reader", "a handler"])
  test(`close() while ${busy} holds leaves no timer`, async (t) => {
    const { source, open, clock } = await held(t);
    if (busy === "a reader") source.events("a");
    else source.on("a", () => new Promise(() => {}));
    const request = await open();
    await request.chunk(chunkOf(2));
    source.close();
    await settle();
    assert.deepEqual([clock.timers, request.aborted], [0, true]);
  });

test("what was queued before close() is still read", async (t) => {
  const { source, open } = await held(t);
  const iterator = source.events("a");
  const request = await open();
  await request.chunk(chunkOf(3));
  source.close();
  assert.deepEqual([await take(iterator), await take(iterator), await take(iterator)], [1, 2, 3]);
  assert.equal((await iterator.next()).done, true);
});
