import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { classes, streamOf, writeStreams } from "../../bench/lib/data.mjs";
import { check } from "../../bench/lib/floods.mjs";
import { createTally } from "../../bench/page/tally.mjs";
import { types } from "../../bench/page/types.mjs";

const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-bench-"));
const laps = await writeStreams(folder);

/** The first events of a stream of laps. */
async function eventsOf(data, count) {
  const text = await readFile(join(folder, "streams", data), "utf8");
  const lap = text
    .split("\n\n")
    .filter(Boolean)
    .map((event) => {
      const field = (name) => event.match(`^${name}: (.*)$`, "m")?.[1];
      return {
        type: /^event: (.*)$/m.exec(event)[1],
        data: JSON.parse(/^data: (.*)$/m.exec(event)[1]),
        id: field("id"),
      };
    });
  return Array.from({ length: count }, (_, at) => lap[at % lap.length]);
}

test.after(() => rm(folder, { recursive: true }));

test("a stream within a lap has the sum of its events", async () => {
  for (const [count, url] of [
    [5000, "/streams/40b?laps=1&more=1000"],
    [40_000, "/streams/40b?laps=10&more=0"],
  ]) {
    const stream = streamOf("40b", laps["40b"], count);
    const tally = createTally();
    for (const { data } of await eventsOf("40b", count)) tally.take(data);
    assert.equal(stream.url, url);
    assert.deepEqual(tally.result(), { events: count, sum: stream.sum, outOfTurn: 0 });
    check("ours-fetch", "40b", { events: count, sum: stream.sum }, tally.result());
  }
});

/** Counts events by types, those of each chunk together. */
function inArrays(events, chunk) {
  const tally = createTally();
  const takers = types.map((type) => [type, tally.takerOfOneType()]);
  for (let at = 0; at < events.length; at += chunk) {
    const part = events.slice(at, at + chunk);
    for (const [type, take] of takers) {
      for (const event of part) if (event.type === type) take(event.data);
    }
  }
  return tally.result();
}

test("arrays of one type each are in turn with gaps, and in every lap anew", async () => {
  for (const data of Object.keys(classes)) {
    const count = 3 * laps[data].events;
    const expected = { events: count, sum: 3 * laps[data].sum, outOfTurn: 0 };
    assert.deepEqual(inArrays(await eventsOf(data, count), 700), expected, data);
  }
});

test("an array that is out of turn, or has an event twice, is noticed", async () => {
  const events = (await eventsOf("40b", 4000)).filter(({ type }) => type === "bid");
  const swapped = events.with(500, events[501]).with(501, events[500]);
  assert.equal(inArrays(swapped, 100).outOfTurn, 1);
  const twice = [...events.slice(0, 500), events[499], ...events.slice(500)];
  const found = inArrays(twice, 100);
  assert.equal(found.outOfTurn, 1);
  assert.throws(
    () => check("ours-arrays", "40b", { events: events.length, sum: laps["40b"].sum }, found),
    /out of turn/,
  );
});
