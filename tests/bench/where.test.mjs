import assert from "node:assert/strict";
import { test } from "node:test";
import { coldCounts, coldData } from "../../bench/lib/cold.mjs";
import { contestants } from "../../bench/lib/contestants.mjs";
import { classes } from "../../bench/lib/data.mjs";
import { designs } from "../../bench/lib/designs.mjs";
import { latencies, ways } from "../../bench/lib/first.mjs";
import { groups } from "../../bench/lib/groups.mjs";
import { missed, targets, toProfile } from "../../bench/lib/targets.mjs";
import { whereTheTimeGoes } from "../../bench/lib/where.mjs";

/** What is measured where everybody is as fast as the browser's own, but for the peer `sse.js`. */
function measuredAlike() {
  const ofAll = (value) => Object.fromEntries(contestants.map(({ id }) => [id, [value]]));
  const rates = { ...ofAll(1), "sse.js": [2] };
  const coldly = Object.fromEntries(coldCounts.map((count) => [count, ofAll(1)]));
  const ms = Object.fromEntries(ways.map(({ id }) => [id, { fromImport: [1], fromConnect: [1] }]));
  return {
    floods: { rates: Object.fromEntries(Object.keys(classes).map((data) => [data, rates])) },
    steady: { 2000: ofAll(1), 200: ofAll(1) },
    cold: { rates: Object.fromEntries(coldData.map((data) => [data, coldly])) },
    first: Object.fromEntries(latencies.map((latency) => [latency, ms])),
    queued: { ours: [1], native: [1] },
    ready: { ours: [1], parser: [1] },
    appBytes: 10_000,
  };
}

/** Each group as long as the number of its place, from 1 on. */
const all = Object.fromEntries(groups.map((group, at) => [group, at + 1]));

test("whoever misses a target is profiled once, beside whom it is measured by", () => {
  const fetching = { ids: ["native", "ours-fetch", "sse.js"] };
  const few = { ids: ["native", "ours-fetch", "rust-fetch", "ours-unheard", "sse.js"] };
  assert.deepEqual(toProfile(measuredAlike()), [
    { data: "40b", rate: undefined, ...few },
    { data: "100b", rate: undefined, ...few },
    { data: "1kb", rate: undefined, ...fetching },
    { data: "16kb", rate: undefined, ...fetching },
    { data: undefined, rate: 2000, ids: ["native", "ours-auto", "ours-worker"] },
  ]);
});

test("the designs of what is missed are shown, and no others", () => {
  const measured = { ...measuredAlike(), spent: [] };
  const text = whereTheTimeGoes(measured).join("\n");
  for (const [design, { name }] of Object.entries(designs)) {
    const isMissed = missed(measured).some((target) => target.design === design);
    assert.equal(text.includes(`- ${name}: `), isMissed, design);
  }
  assert.ok(!text.includes("### What a Vite app downloads"));
  assert.ok(!text.includes("### From import to ready"));
  for (const { what, design } of targets) assert.ok(designs[design], what);
});

test("there is a column for each, whose parts are of the time that is not idle", () => {
  const other = { ...all, "text decoding": 0, "the browser": 0.001 };
  const columns = [
    { id: "native", groups: all },
    { id: "ours-fetch", groups: other },
  ];
  const spent = [
    { data: "40b", columns },
    { rate: 2000, columns },
  ];
  const lines = whereTheTimeGoes({ ...measuredAlike(), spent });
  assert.ok(lines.includes("| text decoding | 2.00 (3 %) |  |"), lines.join("\n"));
  assert.ok(lines.includes("| garbage collection | 11.0 (14 %) | 11.0 (17 %) |"));
  assert.ok(lines.includes("| *all but idle* | 78.0 µs | 64.0 µs |"));
  // Once: not where nothing is to be read most of the time.
  assert.equal(lines.filter((line) => line === "| idle | 13.0 | 13.0 |").length, 1);
});

test("nothing is said once every target is reached", () => {
  const measured = measuredAlike();
  for (const rates of Object.values(measured.floods.rates)) {
    for (const id of ["ours-fetch", "ours-arrays", "rust-fetch", "ours-unheard"]) rates[id] = [100];
  }
  measured.steady[2000] = { ...measured.steady[2000], "ours-auto": [0.01], "ours-worker": [0.01] };
  measured.queued.ours = [0.1];
  for (const counts of Object.values(measured.cold.rates)) {
    for (const rates of Object.values(counts)) rates["ours-fetch"] = rates["ours-arrays"] = [2];
  }
  assert.deepEqual(whereTheTimeGoes({ ...measured, spent: [] }), []);
});
