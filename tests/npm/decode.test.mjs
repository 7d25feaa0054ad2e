import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { opened, recorded, reports } from "./support/fake-engine.mjs";

/** A schema of `{ n: number }`, as a library would make it. */
const schema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value?.n === "number"
        ? { value: value.n }
        : { issues: [{ message: "expected a number", path: ["n", { key: 0 }, Symbol("s")] }] },
  },
};

/** What one decoder makes of one string. */
async function decoded(decoder, text) {
  const { source, server } = await opened({ decode: { a: decoder } });
  const events = recorded((note) => source.on("a", note));
  const errors = recorded((note) => source.onError(note));
  server.message("a", text);
  assert.equal(events.length + errors.length, 1);
  return errors[0] ?? events[0].data;
}

test("json, which is the default", async () => {
  assert.deepEqual(await decoded("json", "[1]"), [1]);
  assert.deepEqual(await decoded(undefined, "[1]"), [1]);
  assert.equal((await decoded("json", "{")).code, "decode");
});

test("empty data is undefined as JSON, alone and among others, and what a schema is asked about", async () => {
  assert.equal(await decoded("json", ""), undefined);
  const asked = [];
  const any = {
    "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: asked.push(value) }) },
  };
  assert.equal(await decoded(any, ""), 1);
  assert.deepEqual(asked, [undefined]);
  const { source, server } = await opened();
  const events = recorded((note) => source.on("a", note));
  server.batch(["a", "{}"], ["a", ""], ["a", "{}"]);
  assert.deepEqual(
    events.map(({ data, raw }) => [data, raw]),
    [
      [{}, "{}"],
      [undefined, ""],
      [{}, "{}"],
    ],
  );
});

test("text", async () => {
  assert.equal(await decoded("text", "[1]\n"), "[1]\n");
});

test("base64", async () => {
  assert.deepEqual(await decoded("base64", "AP+A"), Uint8Array.of(0, 255, 128));
  assert.deepEqual(await decoded("base64", ""), new Uint8Array());
  assert.equal((await decoded("base64", "*")).code, "decode");
});

test("base64 by the browser's own method where it is there", async (t) => {
  // `base64.js` looks for it when it is loaded.
  const before = Uint8Array.fromBase64;
  Uint8Array.fromBase64 = (text) => Uint8Array.of(text.length);
  t.after(() => {
    Uint8Array.fromBase64 = before;
    if (!before) delete Uint8Array.fromBase64;
  });
  const { fromBase64 } = await import("../../npm/modules/options/base64.js?native");
  assert.deepEqual(fromBase64("abc"), Uint8Array.of(3));
});

test("a function gets the string and nothing else", async () => {
  assert.equal(await decoded(Number, "7"), 7);
  assert.equal(await decoded((...all) => all.length, "7"), 1);
  const boom = new Error("from a decoder");
  const error = await decoded(() => {
    throw boom;
  }, "7");
  assert.equal(error.code, "decode");
  assert.equal(error.cause, boom);
});

test("a schema validates the parsed JSON", async () => {
  assert.equal(await decoded(schema, '{"n":7}'), 7);
  const error = await decoded(schema, '{"n":"7"}');
  assert.equal(error.code, "decode");
  assert.match(error.message, /expected a number \(at n\.0\.Symbol\(s\)\)/);
  assert.equal(error.cause.issues.length, 1);
  assert.ok((await decoded(schema, "{")).cause instanceof SyntaxError);
});

test("a schema that is a function is a schema", async () => {
  const callable = Object.assign(() => "called", schema);
  assert.equal(await decoded(callable, '{"n":7}'), 7);
});

test("a schema that answers with a promise is refused, also when that is rejected later", async (t) => {
  const reported = reports(t);
  for (const answer of [Promise.resolve({ value: 1 }), Promise.reject(new Error("late"))]) {
    const error = await decoded({ "~standard": { ...schema["~standard"], validate: () => answer } }, "1");
    assert.equal(error.code, "async-schema");
    assert.equal(error.event.data, "1");
  }
  assert.deepEqual(reported, []);
});

test("a function that answers with a promise is refused too", async (t) => {
  const reported = reports(t);
  // As of another frame: no instance of this one's `Promise`.
  const foreign = () => runInNewContext("Promise.reject(new Error('late'))");
  for (const answer of [async (text) => text, () => Promise.reject(new Error("late")), foreign]) {
    const error = await decoded(answer, "1");
    assert.equal(error.code, "async-schema");
    assert.match(error.message, /await in the handler/);
  }
  assert.deepEqual(reported, []);
});

test("defaultDecode is for the types that decode does not name", async () => {
  const { source, server } = await opened({ decode: { a: "json" }, defaultDecode: "text" });
  const events = recorded((note) => source.onAny(note));
  server.batch(["a", "1"], ["b", "1"]);
  assert.deepEqual(
    events.map((event) => event.data),
    [1, "1"],
  );
});
