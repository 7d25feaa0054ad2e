/** Which requests a store takes for the same: never two that are not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { describe } from "../../npm/modules/store/request.js";

test("requests that are not the same are never told for the same", async () => {
  const pairs = (...all) => ({
    *[Symbol.iterator]() {
      yield* all;
    },
  });
  class Silent {
    toJSON() {
      return "the same";
    }
  }
  const cyclic = (value) => {
    const data = { value };
    data.self = data;
    return data;
  };
  const form = (...all) => {
    const data = new FormData();
    for (const [name, value] of all) data.append(name, value);
    return data;
  };
  const inside = (data) => ({ decode: { data } });
  const storage = (own) => ({ persist: { key: "a", storage: own } });
  const get = () => undefined;
  const different = [
    // Headers of each kind.
    ...[
      {},
      { a: "1" },
      { a: "2" },
      { a: undefined },
      { b: "1" },
      [["a", "1"]],
      [["a", "2"]],
      pairs(),
      pairs(["a", "1"]),
    ],
    ...[
      pairs(["a", "2"]),
      new Headers({ a: "1" }),
      new Headers({ a: "2" }),
      new Map([["a", "1"]]),
      { toJSON: get },
    ],
  ].map((headers) => ({ headers }));
  different.push(
    {},
    // Bodies.
    ...[
      "a=1",
      new URLSearchParams("a=1"),
      new URLSearchParams("a=2"),
      form(["a", "1"]),
      form(["a", "2"]),
    ].map((body) => ({ body })),
    ...[
      new Uint8Array([1, 0]),
      new Uint16Array([1, 0]),
      new Uint8Array([1, 1]),
      new Uint8Array([1, 0]).buffer,
    ].map((body) => ({
      body,
    })),
    ...[new DataView(new ArrayBuffer(2)), new DataView(new ArrayBuffer(3)), form(["a", new Blob(["1"])])].map(
      (body) => ({ body }),
    ),
    ...[form(["a", new Blob(["1"])]), new Silent(), new Silent(), pairs(["a", "1"]), pairs(["a", "1"])].map(
      (body) => ({ body }),
    ),
    // Other data.
    ...[0, -0, NaN, Infinity, 1n, 1, "1", "1n", "NaN", null, true, "true", [], [undefined], [null], {}].map(
      inside,
    ),
    ...[new Map(), new Set(), new Map([[1, 2]]), new Set([[1, 2]]), [[1, 2]], Symbol("a"), Symbol("a")].map(
      inside,
    ),
    ...[
      Symbol.for("a"),
      'symbol "a"',
      new Date(0),
      new Date(1),
      cyclic(1),
      cyclic(2),
      { is: "1" },
      { is: 1 },
    ].map(inside),
    ...[{ is: "2" }, "#1", "#2", get, () => undefined, "function", new URL("http://a/"), "http://a/"].map(
      inside,
    ),
    ...[new Map(), new Map(), [], [], { get }, { get }, new Set()].map(storage),
    { key: "" },
    { key: "a" },
  );
  const described = different.map((options) => describe("/a", options, false));
  for (const [i, one] of described.entries())
    assert.ok(!described.includes(one, i + 1), `${one} stands for two requests`);
  // They stay the same when they are looked at again, but for a symbol where an engine cannot remember one.
  assert.deepEqual(
    different.map((options) => describe("/a", options, false)),
    described,
  );
});

test("data that are deep or contain themselves are described in no time", () => {
  const deep = (levels) => {
    let data = [];
    for (let i = 0; i < levels; i++) data = [data];
    return data;
  };
  const data = deep(100_000);
  const described = (options) => describe("/a", options, true);
  assert.equal(described({ headers: data }), described({ headers: data }));
  assert.notEqual(described({ headers: data }), described({ headers: deep(100_000) }));
  assert.equal(described({ headers: deep(30) }), described({ headers: deep(30) }));
});
