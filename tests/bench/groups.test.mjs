import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, groupOfLines, groups, withLinesOfTheirOwn } from "../../bench/lib/groups.mjs";

const bundle = `// bench/page/tally.mjs
const take = (data) => count(data);

// bench/node_modules/some-peer/dist/index.js
const peer = (text) => take(JSON.parse(text));

// npm/modules/source/router.js
// Not a path.
const route = (raw) => take(JSON.parse(raw).data);

// npm/modules/engine/batch.js
const read = (bytes) => bytes.length;

// ../target/release/bench-client/client.js
const glue = () => wasm.chunk();
`;

const JSON_PARSE = groups[0];

/** Finds the line in which something stands. */
const lineOf = (text, script) => 1 + script.split("\n").findIndex((line) => line.includes(text));

test("lines belong to what their module is there for, and calls of JSON.parse to it", () => {
  const script = withLinesOfTheirOwn(bundle);
  const groupOf = groupOfLines({ "main.js": script });
  const of = (text) => groupOf("main.js", lineOf(text, script));
  assert.equal(of("const take"), "the application's handler");
  assert.equal(of("const peer"), "JavaScript: a peer's");
  assert.equal(of("Not a path"), "JavaScript: routing, delivery");
  assert.equal(of("const route"), "JavaScript: routing, delivery");
  assert.equal(of("raw).data"), "JavaScript: routing, delivery");
  assert.equal(of("const read"), "JavaScript: engine");
  assert.equal(of("const glue"), "JavaScript: bindings");
  const calls = script.split("\n").flatMap((line, at) => (line === "parse(" ? [at + 1] : []));
  assert.deepEqual(
    calls.map((line) => groupOf("main.js", line)),
    [JSON_PARSE, JSON_PARSE],
  );
  assert.equal(groupOf("other.js", 1), undefined);
});

test("only white space is added for that", () => {
  const without = (script) => script.replaceAll(/\s/g, "");
  assert.equal(without(withLinesOfTheirOwn(bundle)), without(bundle));
});

/** A profile with these nodes, each of which is seen so many times, at 10 µs each. */
function profileOf(nodes) {
  const samples = nodes.flatMap(({ times }, id) => Array(times).fill(id));
  return {
    nodes: nodes.map(({ name = "", url = "", line = 0, ticks }, id) => ({
      id,
      callFrame: { functionName: name, url, lineNumber: line - 1 },
      positionTicks: ticks,
    })),
    samples,
    timeDeltas: samples.map(() => 10),
  };
}

const notNothing = (sums) => Object.fromEntries(Object.entries(sums).filter(([, time]) => time));

test("the time of a function is shared out by its lines", () => {
  const script = withLinesOfTheirOwn(bundle);
  const route = lineOf("const route", script);
  const parse = script.split("\n").lastIndexOf("parse(") + 1;
  const ticks = [
    { line: route, ticks: 1 },
    { line: parse, ticks: 3 },
  ];
  const url = "http://127.0.0.1:8187/main.js";
  const profile = profileOf([
    { name: "route", url, line: route, times: 8, ticks },
    // Where the profiler knows no lines, the function's first one counts.
    { name: "read", url, line: lineOf("const read", script), times: 2 },
    { name: "unknown", url: "http://127.0.0.1:8187/other.js", line: 1, times: 1 },
  ]);
  assert.deepEqual(notNothing(grouped(profile, groupOfLines({ "main.js": script }))), {
    [JSON_PARSE]: 60,
    "JavaScript: routing, delivery": 20,
    "JavaScript: engine": 20,
    "the browser": 10,
  });
});

test("what is no script of the page's goes by its name", () => {
  const url = "wasm://wasm/client.wasm-0a1b2c3d";
  const wasm = (name) => ({ url, name, times: 1 });
  const profile = profileOf([
    { name: "(program)", times: 1 },
    { name: "read", times: 2 },
    { name: "(garbage collector)", times: 3 },
    { name: "(idle)", times: 4 },
    { name: "decode", times: 5 },
    // As objects have it too.
    { name: "toString", times: 1 },
    wasm("serde_json::de::Deserializer<R>::parse_number::h0"),
    wasm(
      "<typed_eventsource::client::subscriber::Handler<T,F> as typed_eventsource::client::router::Deliver>::deliver",
    ),
    wasm("<dlmalloc[e2]::dlmalloc::Dlmalloc<dlmalloc[e2]::sys::System>>::free"),
    wasm("__rustc[b7974e8690430dd9]::__rust_realloc"),
    wasm("memcpy"),
    wasm("typed_eventsource::client::router::Router::after::h0"),
    wasm("typed_eventsource::protocol::parser::events::read::h0"),
    wasm("wasm-function[57]"),
    wasm(""),
  ]);
  assert.deepEqual(notNothing(grouped(profile, () => undefined)), {
    "the browser": 40,
    "garbage collection": 30,
    idle: 40,
    "text decoding": 50,
    [JSON_PARSE]: 20,
    "WebAssembly: memory": 30,
    "WebAssembly: routing, delivery": 10,
    "WebAssembly: parser, engine": 30,
  });
});
