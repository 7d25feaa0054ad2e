/** Handlers that take the events of a chunk together, in an array. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { counted, note, streaming } from "./support/streaming.mjs";

describe("handlers that take events together", () => {
  test("get those of a chunk in an array, and of several types in order", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    const take = (events) =>
      seen.push(events.map(({ type, data, lastEventId }) => [type, data, lastEventId]));
    source.on("a", take, { batch: true });
    source.onAny(take, { batch: true });
    note(source, "b", seen);
    await answer();
    await chunk(["a", "1", "x"], ["b", "2"], ["a", "3", "y"]);
    const [one, two, three] = [
      ["a", 1, "x"],
      ["b", 2, "x"],
      ["a", 3, "y"],
    ];
    assert.deepEqual(seen, [2, [one, three], [one, two, three]]);
    seen.length = 0;
    await chunk(["b", "4"]);
    assert.deepEqual(seen, [4, [["b", 4, "y"]]]);
  });

  test("are left out of what cannot be decoded, and of what comes after they are gone", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    const undecodable = counted(source);
    const sub = source.on("a", (events) => seen.push(events.map(({ data }) => data)), { batch: true });
    source.on("stop", () => sub.unsubscribe());
    await answer();
    await chunk(["a", "1"], ["a", "{"], ["a", "2"]);
    await chunk(["a", "{"]);
    assert.deepEqual(seen, [[1, 2]]);
    await chunk(["a", "3"], ["stop", "0"]);
    assert.deepEqual(seen, [[1, 2]]);
    source.close();
    assert.equal(undecodable(), 2);
    assert.equal(source.stats.events, 6);
  });

  test("have processed their events when they are done with the array", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const { promise, resolve } = Promise.withResolvers?.() ?? deferred();
    source.on("a", () => promise, { batch: true });
    note(source, "b", []);
    await answer();
    await chunk(["b", "0", 0], ["a", "1", 1], ["b", "2", 2], ["a", "3", 3]);
    assert.deepEqual(source.cursor, { received: "3", processed: "0" });
    resolve();
    await new Promise(setImmediate);
    assert.equal(source.cursor.processed, "3");
  });

  test("that throw have not, and harm nobody", async (t) => {
    const { reportError } = globalThis;
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message);
    t.after(() => {
      globalThis.reportError = reportError;
    });
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    const fails = () => {
      throw new Error("no");
    };
    source.on("a", fails, { batch: true });
    source.on("a", (events) => seen.push(events.length), { batch: true });
    await answer();
    await chunk(["a", "1", 1], ["a", "2", 2]);
    assert.deepEqual([seen, reported, source.cursor.processed], [[2], ["no"], ""]);
  });

  test("get what came before the event that ends the stream, or that closes the source", async (t) => {
    const { source, chunk, answer } = await streaming(t, { until: ({ type }) => type === "end" });
    const seen = [];
    source.on("a", (events) => seen.push(events.length), { batch: true });
    await answer();
    await chunk(["a", "1"], ["a", "2"], ["end", "0"], ["a", "3"]);
    assert.deepEqual([seen, source.state.reason], [[2], "ended"]);

    const other = await streaming(t);
    other.source.on("a", (events) => seen.push(events.length), { batch: true });
    other.source.on("b", () => {
      other.source.close();
      seen.push("closed");
    });
    await other.answer();
    await other.chunk(["a", "1"], ["b", "2"], ["a", "3"]);
    assert.deepEqual(seen, [2, 1, "closed"]);
  });
});

function deferred() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
