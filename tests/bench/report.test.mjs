import assert from "node:assert/strict";
import { test } from "node:test";
import { coldCounts, coldData } from "../../bench/lib/cold.mjs";
import { inCold } from "../../bench/lib/contestants.mjs";
import { latencies, ways } from "../../bench/lib/first.mjs";
import { report } from "../../bench/lib/report.mjs";

const about = {
  plan: "quick",
  only: ["cold", "first"],
  rounds: "few",
  date: "2026-01-01",
  machine: "a machine",
  chromium: "Chromium",
  versions: {},
};

const quiet = [{ share: 0.99, others: 0.02 }];
const rates = Object.fromEntries(inCold.map(({ id }) => [id, id === "native" ? [50, 60] : [100, 180]]));
const ms = Object.fromEntries(ways.map(({ id }) => [id, { fromImport: [20, 22], fromConnect: [5, 6] }]));
const coldly = (values) =>
  Object.fromEntries(
    coldData.map((data) => [data, Object.fromEntries(coldCounts.map((count) => [count, values]))]),
  );
const measured = {
  load: quiet,
  spent: [],
  cold: { rates: coldly(rates), thread: coldly({ ...rates, native: [200, 360] }) },
  first: Object.fromEntries(latencies.map((latency) => [latency, ms])),
};

const lines = (measured, more) => report(measured, { ...about, ...more }).split("\n");

test("the first events of a page stand in a table, and so does its first event", () => {
  const all = lines(measured);
  assert.ok(
    all.includes("|  | 40 B, 5,000 | 40 B, 40,000 | 100 B with ids, 5,000 | 100 B with ids, 40,000 |"),
  );
  const cells = Array(4).fill("2.50 (2.25–2.75)").join(" | ");
  assert.ok(all.includes(`| eventsource-parser, over fetch | ${cells} |`), all.join("\n"));
  assert.ok(all.includes("| *native's events per second* | 55,000 | 55,000 | 55,000 | 55,000 |"));
  // Less is better there.
  const half = Array(4).fill("0.50 (0.50–0.50)").join(" | ");
  assert.ok(all.includes(`| eventsource-parser, over fetch | ${half} |`), all.join("\n"));
  assert.ok(all.includes("| *native's time per event* | 280 µs | 280 µs | 280 µs | 280 µs |"));
  const row = "| **by POST** | 21.0 ms | 1.00 (1.00–1.00) | 5.50 ms | 1.00 (1.00–1.00) |";
  assert.equal(all.filter((line) => line === row).length, latencies.length, all.join("\n"));
  assert.ok(all.includes("| eventsource-parser, by POST | 21.0 ms |  | 5.50 ms |  |"));
});

test("what was not measured has no section", () => {
  const sections = (measured) => lines(measured).filter((line) => line.startsWith("## "));
  const [first, last] = ["## Targets", "## How it is measured"];
  const cold = "## The first events of a page";
  assert.ok(sections(measured).includes("## The first event of a page"));
  const { first: _, ...rest } = measured;
  assert.deepEqual(
    sections({ ...rest }).filter((name) => name !== "## Where the time goes"),
    [first, cold, last],
  );
  assert.ok(!lines(measured).some((line) => line.includes("not measured")));
  assert.ok(lines(measured, { only: undefined }).some((line) => line.includes("not measured")));
});

test("numbers from a part of the groups are rough, and those from a busy machine are not to be relied on", () => {
  const text = lines(measured).join("\n");
  assert.match(text, /These are rough: from `npm run bench -- --quick --only cold,first`/);
  assert.doesNotMatch(text, /not to be relied on/);
  // The busiest moment counts.
  const busy = [...quiet, { share: 0.99, others: 0.5 }, ...quiet];
  const told = lines({ ...measured, load: busy }).join("\n");
  assert.match(told, /50 % of a processor.*not to be relied on/);
  const whole = lines(measured, { plan: "full", only: undefined }).join("\n");
  assert.doesNotMatch(whole, /These are rough/);
});
