/** What a reader does about an event that cannot be decoded. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSourceError } from "../../npm/modules/base/index.js";
import { opened, recorded, reports } from "./support/fake-engine.mjs";

/** Everything that a loop gets, and what it ends with. */
async function read(reader) {
  const got = [];
  try {
    for await (const { data } of reader) got.push(data);
  } catch (error) {
    got.push(error);
  }
  return got;
}

test("by default it is reported and passed over", async () => {
  for (const options of [{}, { undecodable: "report" }]) {
    const { source, server } = await opened(options);
    const errors = recorded((note) => source.onError(note));
    const reader = source.events("a");
    server.batch(["a", "1", "1"], ["a", "{", "2"], ["a", "3", "3"]);
    const got = read(reader);
    while (source.cursor.processed !== "3") await undefined;
    source.close();
    assert.deepEqual(await got, [1, 3]);
    assert.deepEqual([errors.length, errors[0].code, errors[0].event.lastEventId], [1, "decode", "2"]);
  }
});

test("with `throw` the loop ends with the error, and the cursor does not pass the event", async (t) => {
  const reported = reports(t);
  const { source, server, engine } = await opened({ undecodable: "throw" });
  const errors = recorded((note) => source.onError(note));
  const reader = source.events("a");
  server.batch(["a", "1", "1"], ["a", "{", "2"], ["a", "3", "3"]);
  const [first, error, ...rest] = await read(reader);
  assert.deepEqual([first, rest], [1, []]);
  assert.ok(error instanceof EventSourceError);
  assert.deepEqual([error.code, error.event.lastEventId, error.event.data], ["decode", "2", "{"]);
  assert.ok(error.cause instanceof SyntaxError);
  assert.deepEqual([errors, reported], [[], []]);
  // The subscription is gone, and nothing is queued for it any more.
  assert.deepEqual(engine.calls, ["start", "listen a", "unlisten a"]);
  server.batch(["a", "4", "4"]);
  assert.equal(source.cursor.processed, "1");
  assert.deepEqual(await reader.next(), { done: true, value: undefined });
  assert.equal(source.state.status, "connecting");
});

test("each reader that reads it meets it, and handlers report it as ever", async () => {
  const { source, server } = await opened({ undecodable: "throw" });
  const errors = recorded((note) => source.onError(note));
  const handled = recorded((note) => source.on("a", ({ data }) => note(data)));
  const readers = [source.events("a"), source.events()];
  const other = source.events("b");
  server.batch(["a", "{", "1"], ["a", "2", "2"], ["b", "3", "3"]);
  const ends = await Promise.all(readers.map(read));
  assert.deepEqual(
    ends.map(([error, ...rest]) => [error.code, rest]),
    [
      ["decode", []],
      ["decode", []],
    ],
  );
  assert.deepEqual([handled, errors.length], [[2], 1]);
  source.close();
  assert.deepEqual(await read(other), [3]);
});

test("a schema's issues are thrown, too, and so is a promise", async () => {
  const schema = {
    "~standard": { version: 1, vendor: "t", validate: () => ({ issues: [{ message: "no" }] }) },
  };
  for (const [decode, code] of [
    [schema, "decode"],
    [async () => 1, "async-schema"],
  ]) {
    const { source, server } = await opened({ undecodable: "throw", decode: { a: decode } });
    const reader = source.events("a");
    server.batch(["a", "1"]);
    await assert.rejects(reader.next(), { code });
    source.close();
  }
});
