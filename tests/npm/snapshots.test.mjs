import assert from "node:assert/strict";
import { test } from "node:test";
import { opened, recorded } from "./support/fake-engine.mjs";

/** Long enough for everything that is told in a microtask. */
const told = () => new Promise(setImmediate);

test("stats and cursor are the same objects until something in them changes", async () => {
  const { source, server, engine } = await opened();
  const { stats, cursor } = source;
  assert.equal(source.stats, stats);
  assert.equal(source.cursor, cursor);
  server.message("a", "1");
  assert.notEqual(source.stats, stats);
  assert.equal(source.cursor, cursor);
  assert.deepEqual([stats.events, source.stats.events], [0, 1]);
  server.batch(["a", "1", "7"]);
  const later = source.cursor;
  assert.deepEqual([cursor, later].map(Object.values), [
    ["", ""],
    ["7", "7"],
  ]);
  engine.host.stats.attempts++;
  assert.equal(source.stats.attempts, 1);
  assert.equal(source.stats, source.stats);
  assert.equal(source.cursor, later);
});

test("onStats tells changes once for all of a task, and nothing while nothing changes", async () => {
  const { source, server, engine } = await opened();
  const calls = recorded((note) => source.onStats(note));
  await told();
  assert.deepEqual(calls, []);
  for (let count = 0; count < 100; count++) server.batch(["a", "1", `${count}`], ["b", "2", `${count}`]);
  assert.deepEqual(calls, []);
  await told();
  assert.equal(calls.length, 1);
  assert.equal(calls[0], source.stats);
  assert.equal(calls[0].events, 200);
  // What the engine counts without a word, too.
  engine.host.stats.attempts++;
  await told();
  assert.deepEqual([calls.length, calls[1].attempts], [2, 1]);
  engine.host.stats.attempts += 0;
  await told();
  assert.equal(calls.length, 2);
});

test("onStats tells a cursor that moves when a handler is done", async () => {
  const { source, server } = await opened();
  let done;
  source.on("a", () => new Promise((resolve) => (done = resolve)));
  server.batch(["a", "1", "7"]);
  await told();
  const places = recorded((note) => source.onStats(() => note(source.cursor.processed)));
  await told();
  assert.deepEqual(places, []);
  done();
  await told();
  assert.deepEqual(places, ["7"]);
});

test("onStats tells what came before the end, and nothing to a handler that is gone", async () => {
  const { source, server } = await opened({ until: ({ type }) => type === "end" });
  const gone = [];
  source.onStats((stats) => gone.push(stats)).unsubscribe();
  const calls = recorded((note) => source.onStats(note));
  server.batch(["a", "1"], ["end", ""]);
  assert.equal(source.state.status, "closed");
  await told();
  assert.deepEqual(
    calls.map(({ events }) => events),
    [2],
  );
  assert.deepEqual(gone, []);
});
