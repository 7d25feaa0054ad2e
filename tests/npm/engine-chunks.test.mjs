/** How a body is read, alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { chunksOf } from "../../npm/modules/engine/fetch.js";
import { createPace } from "../../npm/modules/engine/pace.js";
import { fakeClock, settle } from "./support/network.mjs";

const bytesOf = (text) => new TextEncoder().encode(text);

/** A body that gives what the test puts there; `out` has the chunks as they were handed over. */
function reading(t, { delivery = "immediate", hold = () => undefined } = {}) {
  const clock = fakeClock(t);
  const waiting = [];
  const there = [];
  const out = [];
  const pace = createPace(delivery);
  let reads = 0;
  const read = () => {
    reads++;
    return there.length ? there.shift() : new Promise((resolve) => waiting.push(resolve));
  };
  const put = async (result) => {
    const next = waiting.shift();
    if (next) next(result);
    else there.push(Promise.resolve(result));
    await settle();
  };
  const ended = (async () => {
    for await (const bytes of chunksOf(read, (wait = hold()) => wait, pace))
      out.push(new TextDecoder().decode(bytes));
    return "ended";
  })();
  return {
    clock,
    out,
    pace,
    ended,
    get reads() {
      return reads;
    },
    chunk: (text) => put({ done: false, value: bytesOf(text) }),
    end: () => put({ done: true, value: undefined }),
    async fail(error) {
      const broken = Promise.reject(error);
      broken.catch(() => {});
      there.push(broken);
      await settle();
    },
  };
}

test("each chunk is handed over, up to the end of the body", async (t) => {
  const { out, ended, chunk, end } = reading(t);
  await settle();
  for (const text of ["a", "b", "c"]) await chunk(text);
  assert.deepEqual(out, ["a", "b", "c"]);
  await end();
  assert.equal(await ended, "ended");
});

test("no body is one that has ended", async (t) => {
  fakeClock(t);
  const all = [];
  for await (const bytes of chunksOf(
    () => undefined,
    () => undefined,
    createPace("auto"),
  ))
    all.push(bytes);
  assert.deepEqual(all, []);
});

test("nothing is read while there is a hold", async (t) => {
  let release;
  let held = new Promise((resolve) => {
    release = resolve;
  });
  const it = reading(t, { hold: () => held });
  await it.chunk("a");
  assert.deepEqual([it.reads, it.out], [0, []]);
  held = undefined;
  release();
  await settle();
  assert.deepEqual(it.out, ["a"]);
});

test("what comes while it waits comes in one piece, and nothing of it is lost at the end", async (t) => {
  const { clock, out, ended, chunk, end } = reading(t, { delivery: { everyMs: 50 } });
  await settle();
  await chunk("a");
  for (const text of ["b", "c", "d"]) await chunk(text);
  assert.deepEqual(out, ["a"]);
  await clock.advance(50);
  assert.deepEqual(out, ["a", "bcd"]);
  await chunk("e");
  await end();
  await clock.advance(100);
  assert.deepEqual(out, ["a", "bcd", "e"]);
  assert.equal(await ended, "ended");
});

test("a body that breaks while chunks are gathered gives those first, and then breaks", async (t) => {
  const { clock, out, ended, chunk, fail } = reading(t, { delivery: { everyMs: 50 } });
  await settle();
  await chunk("a");
  await chunk("b");
  await fail(new Error("broken"));
  const rejected = assert.rejects(ended, /broken/);
  await clock.advance(100);
  await rejected;
  assert.deepEqual(out, ["a", "b"]);
});

test("whoever leaves reads no more", async (t) => {
  fakeClock(t);
  let reads = 0;
  const read = async () => {
    reads++;
    return { done: false, value: bytesOf("a") };
  };
  for await (const bytes of chunksOf(read, () => undefined, createPace("immediate"))) {
    assert.equal(bytes.length, 1);
    break;
  }
  assert.equal(reads, 1);
});
