/** The counters of the demo page, without the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const entry = fileURLToPath(new URL("../../www/src/ledger.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [entry], format: "esm", write: false });
const { Ledger } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

const counts = ({ received, lost, doubled }) => ({ received, lost, doubled });

function after(ids, first) {
  const ledger = new Ledger(first);
  for (const id of ids) ledger.take(id);
  return counts(ledger);
}

for (const [what, ids, first, expected] of [
  ["nothing", [], undefined, { received: 0, lost: 0, doubled: 0 }],
  ["any beginning", [7, 8, 9], undefined, { received: 3, lost: 0, doubled: 0 }],
  ["a known beginning", [1, 2], 1, { received: 2, lost: 0, doubled: 0 }],
  ["a known beginning that is missing", [3], 1, { received: 1, lost: 2, doubled: 0 }],
  ["a hole", [1, 2, 5], undefined, { received: 3, lost: 2, doubled: 0 }],
  ["a hole that is filled", [1, 4, 2, 3], undefined, { received: 4, lost: 0, doubled: 0 }],
  ["a hole that is filled in its middle", [1, 9, 5], undefined, { received: 3, lost: 6, doubled: 0 }],
  ["the newest twice", [1, 2, 2], undefined, { received: 3, lost: 0, doubled: 1 }],
  ["an old one twice", [1, 2, 3, 1], undefined, { received: 4, lost: 0, doubled: 1 }],
  ["one that fills a hole twice", [1, 3, 2, 2], undefined, { received: 4, lost: 0, doubled: 1 }],
  ["what is no id", [1, Number.NaN, 1.5, 2], undefined, { received: 2, lost: 0, doubled: 0 }],
  ["what came before the first", [5, 4], undefined, { received: 2, lost: 0, doubled: 1 }],
]) {
  test(`ledger: ${what}`, () => assert.deepEqual(after(ids, first), expected));
}

test("ledger: a gap ahead is a hole", () => {
  const ledger = new Ledger();
  ledger.take(3);
  ledger.gap(9);
  ledger.take(9);
  assert.deepEqual(counts(ledger), { received: 2, lost: 5, doubled: 0 });
});

test("ledger: a server that counts anew doubles nothing", () => {
  for (const oldest of [1, null]) {
    const ledger = new Ledger();
    for (const id of [50, 52]) ledger.take(id);
    ledger.gap(oldest);
    for (const id of [1, 2]) ledger.take(id);
    assert.deepEqual(counts(ledger), { received: 4, lost: 1, doubled: 0 });
  }
});

test("ledger: its memory is bounded, its sum is not", () => {
  const ledger = new Ledger();
  for (let id = 0; id <= 5_000; id += 2) ledger.take(id);
  assert.equal(ledger.lost, 2_500);
  // The newest holes are known one by one, the oldest no more.
  ledger.take(4_999);
  ledger.take(1);
  assert.deepEqual([ledger.lost, ledger.doubled], [2_499, 1]);
});
