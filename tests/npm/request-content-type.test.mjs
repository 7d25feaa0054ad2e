/** Which content types are an event stream's: the Fetch standard's word on it, read from the table of both languages. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { EventSource } from "../../dist/eventsource.js";
import { isEventStream } from "../../npm/modules/engine/index.js";
import { network, settle } from "./support/network.mjs";

const table = JSON.parse(await readFile(new URL("../behaviour/content-type.json", import.meta.url), "utf8"));

for (const [value, expected] of table)
  test(`a content type ${JSON.stringify(value)} is ${expected ? "a" : "no"} stream's`, () => {
    // As it came: a Headers object takes the white space at its ends away, and refuses other characters.
    assert.equal(isEventStream({ get: () => value }), expected);
  });

test("no content type is no stream's", () => {
  assert.equal(isEventStream(new Headers()), false);
});

test("a long header takes no longer than its length", () => {
  for (const part of ['"', '\\"', '"\\', ",", "a/b,", '";,', "a"]) {
    const value = part.repeat(2 ** 20 / part.length);
    assert.equal(isEventStream({ get: () => value }), false);
  }
});

for (const [type, opens] of [
  ["text/html, text/event-stream", true],
  ["text/event-stream;charset=utf-8, text/html", false],
]) {
  test(`connect() ${opens ? "takes" : "refuses"} "${type}"`, async (t) => {
    const { connect, requests } = network(t);
    const { states } = await connect({ transport: "fetch" });
    await requests[0].answer({ type });
    await requests[0].chunk("no more");
    if (!opens) await requests[0].end();
    assert.deepEqual(
      [states[0].status, states[0].cause?.code],
      opens ? ["open", undefined] : ["closed", "content-type"],
    );
  });

  test(`the drop-in class ${opens ? "takes" : "refuses"} "${type}"`, async (t) => {
    const { requests } = network(t);
    t.mock.method(console, "error", () => {});
    const source = new EventSource("http://127.0.0.1/stream");
    t.after(() => source.close());
    while (!requests.length) await settle();
    await requests[0].answer({ type });
    while (source.readyState === 0) await settle();
    assert.equal(source.readyState, opens ? 1 : 2);
  });
}
