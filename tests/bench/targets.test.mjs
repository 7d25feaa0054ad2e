import assert from "node:assert/strict";
import { test } from "node:test";
import { coldCounts } from "../../bench/lib/cold.mjs";
import { inCold } from "../../bench/lib/contestants.mjs";
import { latencies, ways } from "../../bench/lib/first.mjs";
import { missed, targets } from "../../bench/lib/targets.mjs";

/** The targets whose text contains all of these: how many are wanted, and the values that were found. */
function found(measured, ...texts) {
  const meant = targets.filter(({ what }) => texts.every((text) => what.includes(text)));
  return meant.map(({ wanted, of }) => [wanted, of(measured)?.value]);
}

/** Each contestant reads as many events a millisecond as these rounds say. */
const rounds = {
  native: [1, 1, 1],
  "ours-fetch": [2, 9, 12],
  "ours-arrays": [4, 9, 24],
  "eventsource-parser": [1, 6, 4],
};

const coldly = () => {
  assert.deepEqual(inCold.map(({ id }) => id).sort(), Object.keys(rounds).sort());
  return Object.fromEntries(coldCounts.map((count) => [count, rounds]));
};

test("the first events of a page are compared in pairs, with the best peer", () => {
  const measured = { cold: { rates: { "40b": coldly(), "100b-ids": coldly() } } };
  // Round by round 2, 1.5 and 3: the ratio of the medians would be 2.25.
  const changed = { ...rounds, "ours-fetch": [3, 6, 16] };
  measured.cold.rates["100b-ids"][40_000] = changed;
  assert.deepEqual(found(measured, "the first 5,000 events of a page, 40 B", "best peer"), [["≥ 1.25", 2]]);
  assert.deepEqual(found(measured, "the first 40,000 events of a page, 40 B", "best peer"), [["≥ 1.25", 2]]);
  assert.deepEqual(found(measured, "the first 5,000 events of a page, 100 B", "best peer"), [["≥ 1.5", 2]]);
  assert.deepEqual(found(measured, "the first 40,000 events of a page, 100 B", "best peer"), [["≥ 1.5", 3]]);
});

test("arrays are compared with single events, cold and warm", () => {
  const measured = { cold: { rates: { "40b": coldly(), "100b-ids": coldly() } } };
  const inArrays = found(measured, "in arrays, ", "events of a page");
  assert.deepEqual(inArrays, Array(4).fill(["≥ 1", 2]));
  const rates = Object.fromEntries(
    ["40b", "100b", "1kb", "16kb", "text", "100b-ids"].map((data) => [data, rounds]),
  );
  const warm = found({ floods: { rates } }, "in arrays, ").filter(([, value]) => value !== undefined);
  assert.deepEqual(warm, Array(6).fill(["≥ 1", 2]));
});

/** What each way takes, in milliseconds. */
const waited = (times) => {
  const of = ({ id }) => ({ fromImport: [times[id][0]], fromConnect: [times[id][1]] });
  return Object.fromEntries(ways.map((way) => [way.id, of(way)]));
};

const times = {
  "eventsource-parser": [10, 4],
  "ours-get": [12, 6],
  "ours-paced": [20, 8],
  "ours-worker": [13, 9],
  "eventsource-parser-post": [20, 10],
  "ours-post": [21, 10.5],
};

test("the first event of a page is compared with the peer's by the same method", () => {
  const first = Object.fromEntries(latencies.map((latency) => [latency, waited(times)]));
  assert.deepEqual(found({ first }, "the first event of a page, over fetch"), [
    ["≤ 1.3", 1.2],
    ["≤ 1.05", 1.2],
  ]);
  assert.deepEqual(found({ first }, "the first event of a page, by POST"), [
    ["≤ 1.3", 1.05],
    ["≤ 1.05", 1.05],
    ["≤ 1.1", 1.05],
  ]);
  assert.deepEqual(found({ first }, "the first event of a page, in a worker"), [["≤ 1.3", 1.3]]);
  // Only what is above its limit.
  assert.deepEqual(
    missed({ first }).map(({ what }) => what),
    [
      "the first event of a page, over fetch, 300 ms of latency, from `import()` on: time, of eventsource-parser's",
    ],
  );
});

test("nothing is said of what was not measured", () => {
  assert.deepEqual(missed({}), []);
  assert.deepEqual(
    targets.filter(({ of }) => of({}) !== undefined),
    [],
  );
});
