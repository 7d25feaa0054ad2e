/** What nobody wants is neither decoded nor made a text of; what many want is parsed once, and together. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { network } from "./support/network.mjs";

const block = (type, data, id) => `${id === undefined ? "" : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`;

/** A source over fetch that is open; `chunk` brings it blocks `[type, data, id?]`. */
async function streaming(t, options) {
  const { connect, requests } = network(t);
  const { source } = await connect({ transport: "fetch", ...options });
  const request = requests.pop();
  const chunk = (...blocks) => request.chunk(Buffer.from(blocks.map((values) => block(...values)).join("")));
  return { source, chunk, answer: () => request.answer() };
}

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

const note = (source, type, into) => source.on(type, ({ data }) => into.push(data));

/** Counts events that cannot be decoded, however they are told. */
const counted = (source) => {
  let all = 0;
  source.onError(({ code, more = 0 }) => {
    assert.equal(code, "decode");
    all += 1 + more;
  });
  return () => all;
};

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
