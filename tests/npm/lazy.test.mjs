/** What nobody wants is neither decoded nor made a text of; what many want is parsed once, and together. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { counted, note, streaming } from "./support/streaming.mjs";

/** What `JSON.parse` gets, and what is decoded to texts, from now on. */
function watched(t) {
  const parsed = [];
  const { parse } = JSON;
  t.mock.method(JSON, "parse", (text) => {
    parsed.push(text);
    return parse(text);
  });
  const texts = [];
  const { decode } = TextDecoder.prototype;
  t.mock.method(TextDecoder.prototype, "decode", function (...all) {
    const text = decode.apply(this, all);
    texts.push(text);
    return text;
  });
  return { parsed, texts };
}

describe("lazy decoding", () => {
  test("an event that nobody wants becomes no text, and counts", async (t) => {
    const { texts } = watched(t);
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    note(source, "wanted", seen);
    await answer();
    texts.length = 0;
    await chunk(["other", '"secret"', 1], ["wanted", "1", 2], ["other", '"secret"', 3]);
    assert.deepEqual(seen, [1]);
    assert.equal(
      texts.some((text) => text.includes("secret")),
      false,
    );
    assert.equal(source.stats.events, 3);
    assert.deepEqual(source.cursor, { received: "3", processed: "3" });
    source.on("wanted", () => {}).unsubscribe();
    await chunk(["other", '"secret"', 4]);
    assert.deepEqual([source.stats.events, source.cursor.processed], [4, "4"]);
    assert.equal(
      texts.some((text) => text.includes("secret")),
      false,
    );
  });

  test("where nobody wants anything, nothing but ids becomes text", async (t) => {
    const { texts } = watched(t);
    const { source, chunk, answer } = await streaming(t);
    await answer();
    texts.length = 0;
    await chunk(["a", "1", "x"], ["b", "2", "y"]);
    assert.deepEqual(texts, ["y"]);
    assert.deepEqual([source.stats.events, source.cursor.processed], [2, "y"]);
  });

  test("a type that is no longer wanted is left alone", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    const first = note(source, "a", seen);
    const second = note(source, "a", seen);
    await answer();
    await chunk(["a", "1"]);
    first.unsubscribe();
    await chunk(["a", "2"]);
    second.unsubscribe();
    const { texts } = watched(t);
    await chunk(["a", "3"]);
    assert.deepEqual([seen, texts], [[1, 1, 2], []]);
    note(source, "a", seen);
    await chunk(["a", "4"]);
    assert.deepEqual(seen, [1, 1, 2, 4]);
  });

  test("what is subscribed to during a delivery gets what comes after, of the same chunk too", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    const subscribe = source.on("begin", () => {
      subscribe.unsubscribe();
      source.on("late", ({ data, lastEventId }) => seen.push(["late", data, lastEventId]));
      source.on("é", ({ data, lastEventId }) => seen.push(["é", data, lastEventId]));
    });
    source.on("known", ({ data, lastEventId }) => seen.push(["known", data, lastEventId]));
    await answer();
    await chunk(
      ["late", "0", 1],
      ["known", "1", 2],
      ["begin", "2", 3],
      ["late", "3"],
      ["é", "4", "ü"],
      ["known", "5"],
      ["never", "6", 4],
      ["late", "7"],
    );
    assert.deepEqual(seen, [
      ["known", 1, "2"],
      ["late", 3, "3"],
      ["é", 4, "ü"],
      ["known", 5, "ü"],
      ["late", 7, "4"],
    ]);
    assert.equal(source.stats.events, 8);
    assert.deepEqual(source.cursor, { received: "4", processed: "4" });
  });

  test("onAny() during a delivery gets the rest of the chunk", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    source.on("begin", () => source.onAny(({ type, data }) => seen.push([type, data])));
    await answer();
    await chunk(["a", "0"], ["begin", "1"], ["a", "2"], ["b", "3"]);
    await chunk(["c", "4"]);
    assert.deepEqual(seen, [
      ["a", 2],
      ["b", 3],
      ["c", 4],
    ]);
  });

  test("a reader that comes during a delivery gets the rest of the chunk", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    let events;
    source.on("begin", () => {
      events = source.events("a");
    });
    await answer();
    await chunk(["a", "0"], ["begin", "1"], ["a", "2"]);
    assert.equal((await events.next()).value.data, 2);
  });

  test("until sees events that nobody wants", async (t) => {
    const { source, chunk, answer } = await streaming(t, { until: ({ type }) => type === "end" });
    const any = source.onAny(() => {});
    await answer();
    any.unsubscribe();
    await chunk(["a", "1"], ["end", "2"]);
    assert.equal(source.state.reason, "ended");
  });

  test("an event that is held back counts those that nobody wants as later ones", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    source.onError(() => {});
    source.on("a", () => Promise.reject(new Error("no")));
    const { reportError } = globalThis;
    globalThis.reportError = () => {};
    t.after(() => {
      globalThis.reportError = reportError;
    });
    await answer();
    await chunk(["a", "1", "bad"]);
    await new Promise(setImmediate);
    await chunk(...Array.from({ length: 1023 }, (_, n) => ["other", "1", n]));
    assert.equal(source.cursor.processed, "");
    await chunk(["other", "1", "last"]);
    assert.equal(source.cursor.processed, "last");
  });

  test("ten thousand types, each to its own handler", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    const types = Array.from({ length: 10_000 }, (_, n) => `type ${n}`);
    const all = types.map((type) => source.on(type, (event) => seen.push([event.type, event.data])));
    await answer();
    const some = [0, 9999, 1, 5000, 5000, 1, 777];
    await chunk(...some.map((n) => [`type ${n}`, n]), ["type 10000", "0"]);
    assert.deepEqual(
      seen,
      some.map((n) => [`type ${n}`, n]),
    );
    seen.length = 0;
    for (let n = 0; n < all.length; n += 2) all[n].unsubscribe();
    await chunk(...some.map((n) => [`type ${n}`, n]));
    assert.deepEqual(
      seen,
      some.filter((n) => n % 2).map((n) => [`type ${n}`, n]),
    );
  });
});

describe("parsing together", () => {
  test("the JSON of a chunk is parsed at once", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    note(source, "a", seen);
    note(source, "b", seen);
    await answer();
    const { parsed } = watched(t);
    // The decoder is the JSON.parse of the time of connect().
    await chunk(["a", '{"x":1}'], ["b", '{"y":"ü"}'], ["a", '{"x":{}}'], ["other", "{"]);
    assert.deepEqual(seen, [{ x: 1 }, { y: "ü" }, { x: {} }]);
    assert.equal(parsed.length, 1);
    await chunk(["a", "1"]);
    assert.deepEqual(parsed.slice(1), ["1"]);
  });

  // What would be other values if the texts were only put together.
  const tricks = [
    ["1,2", "3"],
    ["[1", "2]"],
    ["1", "", "2"],
    ["1,2", "[3", "4]", "5"],
    ['"a', 'b"'],
    ["[1", "2,3]", "4,5"],
    ["{", '"a":1}'],
    ["1]", "[2"],
    ["1 2", "3"],
    ["]", "["],
    ["1/*", "*/2"],
    ['{"a":[{}', '{"b":1}', "{}]}", "{},{},{}"],
    ['{"a":"[', '{"b":1}', ']"}', "1,2"],
    ['{"a":"\\"', '["', '"]'],
  ];
  for (const texts of tricks)
    test(`each of ${texts.join(" | ")} stands for itself`, async (t) => {
      const { source, chunk, answer } = await streaming(t);
      const seen = [];
      note(source, "a", seen);
      const undecodable = counted(source);
      await answer();
      await chunk(...texts.map((text) => ["a", text]), ["a", "0"]);
      source.close();
      const alone = (text) => {
        try {
          return [text ? JSON.parse(text) : undefined];
        } catch {
          return [];
        }
      };
      const values = [...texts, "0"].flatMap(alone);
      assert.deepEqual([seen, undecodable()], [values, texts.length + 1 - values.length]);
    });

  test("an event between two others cannot be drawn into them", async (t) => {
    const { source, chunk, answer } = await streaming(t);
    const seen = [];
    note(source, "a", seen);
    const undecodable = counted(source);
    await answer();
    // Put together, they are three values.
    const [opens, closes] = ['{"x":[1', "2]},{},{}"];
    await chunk(["a", opens], ["a", '{"mine":true}'], ["a", closes]);
    source.close();
    assert.deepEqual([seen, undecodable()], [[{ mine: true }], 2]);
  });

  test("what could reach into others is parsed alone, and they are parsed together", async (t) => {
    const { source, chunk, answer } = await streaming(t, { decode: { text: "text" } });
    const seen = [];
    for (const type of ["a", "text"]) note(source, type, seen);
    await answer();
    const { parsed } = watched(t);
    await chunk(
      ["a", '{"x":1}'],
      ["a", '{"x":2}'],
      ["a", "[3]"],
      ["text", "{"],
      ["a", "{}"],
      ["a", '{"]":4}'],
    );
    assert.deepEqual(seen, [{ x: 1 }, { x: 2 }, [3], "{", {}, { "]": 4 }]);
    assert.deepEqual(parsed, ['[{"x":1}\r,{"x":2}]', "[3]", '[{}\r,{"]":4}]']);
  });

  test("other decoders get their own text", async (t) => {
    const { source, chunk, answer } = await streaming(t, { decode: { text: "text", number: Number } });
    const seen = [];
    for (const type of ["text", "number", "json"]) note(source, type, seen);
    await answer();
    for (let n = 0; n < 3; n++) await chunk(["json", "[1]"], ["text", "{"], ["number", "7"], ["json", "[2]"]);
    assert.deepEqual(
      seen,
      Array(3)
        .fill([[1], "{", 7, [2]])
        .flat(),
    );
  });
});
