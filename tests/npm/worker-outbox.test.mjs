/** When a worker speaks to the page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { fakeClock } from "./support/network.mjs";

// The package has it only as a part of the worker's script.
const entryPoints = [fileURLToPath(new URL("../../npm/src/hub/inside/outbox.ts", import.meta.url))];
const [{ text }] = (await build({ entryPoints, format: "esm", write: false })).outputFiles;
const { createOutbox } = await import(`data:text/javascript,${encodeURIComponent(text)}`);

/** An outbox, the clock, and when which calls went out. */
function outbox(t) {
  const clock = fakeClock(t);
  const from = performance.now();
  const sent = [];
  const { now, soon, flush } = createOutbox((calls) => sent.push([performance.now() - from, ...calls]));
  return { clock, sent, now, soon, flush };
}

test("what comes at a low rate goes out at once", async (t) => {
  const { clock, sent, soon } = outbox(t);
  for (let n = 0; n < 4; n++) {
    soon(n);
    await clock.advance(20);
  }
  assert.deepEqual(sent, [
    [0, 0],
    [20, 1],
    [40, 2],
    [60, 3],
  ]);
  assert.equal(clock.timers, 0);
});

test("what comes sooner waits for a frame at most, and goes out together", async (t) => {
  const { clock, sent, soon } = outbox(t);
  for (let n = 0; n < 12; n++) {
    soon(n);
    await clock.advance(4);
  }
  await clock.advance(100);
  assert.deepEqual(sent, [
    [0, 0],
    [16, 1, 2, 3],
    [32, 4, 5, 6, 7],
    [48, 8, 9, 10, 11],
  ]);
  assert.equal(clock.timers, 0);
});

test("behind a large message it waits for two", async (t) => {
  const { clock, sent, soon } = outbox(t);
  for (let n = 0; n < 20; n++) {
    soon(n, 400);
    await clock.advance(4);
  }
  assert.deepEqual(
    sent.map(([at]) => at),
    [0, 16, 48, 80],
  );
});

test("what must not wait takes along what came before it, and holds nothing up", async (t) => {
  const { clock, sent, soon, now } = outbox(t);
  now("open");
  soon("a");
  soon("b");
  now("closed");
  soon("c");
  await clock.advance(16);
  assert.deepEqual(sent, [
    [0, "open"],
    [0, "a"],
    [0, "b", "closed"],
    [16, "c"],
  ]);
  assert.equal(clock.timers, 0);
});

test("much does not wait", (t) => {
  const { sent, soon } = outbox(t);
  soon("first");
  for (let n = 0; n < 6; n++) soon(n, 2 ** 15);
  assert.deepEqual(
    sent.map(([, ...calls]) => calls),
    [["first"], [0, 1], [2, 3], [4, 5]],
  );
});

test("nothing is no message", (t) => {
  const { sent, flush } = outbox(t);
  flush();
  assert.deepEqual(sent, []);
});
