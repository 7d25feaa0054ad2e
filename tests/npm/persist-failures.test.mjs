/** `persist`: a storage that fails, or holds what is no id, harms nobody and is told. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { opened, recorded, reports } from "./support/fake-engine.mjs";
import { kept, key, noting, persisting } from "./support/storage.mjs";

const foreign = {
  "another text": "7",
  "another version": "typed-eventsource 2 7",
  "its beginning only": "typed-eventsource 1",
  "no text": 7,
  "an object": { id: "7" },
  "what cannot be made a text": Object.create(null),
  "the empty text": "",
  "a line feed": kept("7\n8"),
  "a carriage return": kept("7\r8"),
  NUL: kept("7\0"),
  "more than 4 KiB": kept("7".repeat(4097)),
};
for (const [what, text] of Object.entries(foreign))
  test(`${what} under the key is ignored, and that is told`, async (t) => {
    const { engine, source, errors, server } = await persisting(t, noting(text), { lastEventId: "3" });
    assert.equal(engine.settings.lastEventId, "3");
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["persist"],
    );
    server.message("a", "1", "4");
    source.close();
    assert.equal(errors.length, 1);
  });

const broken = new Error("broken");
const failing = {
  throws() {
    throw broken;
  },
  rejects: () => Promise.reject(broken),
};
for (const [how, fails] of Object.entries(failing)) {
  test(`a storage whose get() ${how} counts as empty, and that is told`, async (t) => {
    const { engine, errors } = await persisting(t, { get: fails, set() {} }, { lastEventId: "3" });
    assert.equal(engine.settings.lastEventId, "3");
    assert.deepEqual(
      errors.map(({ code, cause }) => [code, cause]),
      [["persist", broken]],
    );
  });

  test(`a storage whose set() ${how} harms nobody, and is told of once until it works again`, async (t) => {
    const storage = { get() {}, set: fails };
    const { source, server, clock, errors } = await persisting(t, storage);
    const events = recorded((note) => source.on("a", note));
    const note = async (id) => {
      server.message("a", "1", id);
      await clock.advance(250);
    };
    for (const id of ["1", "2", "3"]) await note(id);
    assert.deepEqual(
      errors.map(({ code, cause }) => [code, cause]),
      [["persist", broken]],
    );
    storage.set = () => {};
    await note("4");
    storage.set = fails;
    await note("5");
    assert.equal(errors.length, 2);
    assert.equal(events.length, 5);
  });
}

test("a failure of the last write is told before the source is closed", async (t) => {
  const seen = [];
  const { source, server } = await persisting(t, { get() {}, set: failing.throws });
  source.onError(({ code }) => seen.push(code));
  source.onState(({ status }) => seen.push(status));
  server.message("a", "1", "1");
  source.close();
  assert.deepEqual(seen, ["persist", "closed"]);
});

test("without onError a storage that fails is reported as uncaught", async (t) => {
  const reported = reports(t);
  const { source, server } = await opened({ persist: { storage: { get() {}, set: failing.throws }, key } });
  server.message("a", "1", "1");
  source.close();
  assert.deepEqual(
    reported.map(({ code }) => code),
    ["persist"],
  );
});

test("a storage without set() is told of", async (t) => {
  const { source, server, errors } = await persisting(t, { get() {} });
  server.message("a", "1", "1");
  source.close();
  assert.equal(errors[0].code, "persist");
  assert.ok(errors[0].cause instanceof TypeError);
});
