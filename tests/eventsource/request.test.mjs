/** What the drop-in class does with a request, and a `fetch`, of the application's own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSource } from "../../dist/eventsource.js";
import { reports } from "../npm/support/fake-engine.mjs";
import { settle } from "../npm/support/network.mjs";

const url = "http://127.0.0.1/stream";
const encoder = new TextEncoder();

/** An event stream; it ends after this text unless it `holds`. */
const stream = (text, holds) =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(encoder.encode(text));
        if (!holds) controller.close();
      },
    }),
    { headers: { "content-type": "text/event-stream" } },
  );

/** A `fetch` that gives, or throws, what comes next. */
function scripted(...answers) {
  const calls = [];
  const fetch = async (url, init) => {
    calls.push({ url, ...init });
    const answer = await answers[calls.length - 1];
    if (answer instanceof Error) throw answer;
    return answer ?? stream("", true);
  };
  return { fetch, calls };
}

/** Silences the console, and collects what it is told. */
function complaints(t) {
  const all = [];
  t.mock.method(console, "error", (error) => all.push(error.message));
  return all;
}

/** Resolves at the first `error`, with the state that it finds. */
const failed = (source) =>
  new Promise((resolve) => {
    source.onerror = () => resolve(source.readyState);
  });

const lost = () => new TypeError("network error");
const opaque = { type: "opaque" };
const aborted = () => new DOMException("aborted", "AbortError");

for (const [what, answers, state, calls, init = {}] of [
  ["the network fails", [lost(), lost()], 0, 2],
  ["CORS withholds the answer", [lost(), opaque, lost()], 2, 3],
  ["the network is back at once", [lost(), opaque, stream("data: not this one\n\n", true)], 0, 3],
  ["a server of the own origin hangs up", [lost(), { type: "basic" }], 0, 2],
  ["the browser stops it", [aborted()], 2, 1],
  ["a `fetch` of the application's own throws", [new RangeError("mine")], 0, 1],
  ["a POST fails", [lost()], 2, 1, { method: "POST" }],
  ["a POST that may be repeated fails", [lost(), lost()], 0, 2, { method: "POST", idempotent: true }],
])
  test(`${what}: ${state ? "it is closed" : "it reconnects"}`, async (t) => {
    const said = complaints(t);
    const { fetch, calls: came } = scripted(...answers);
    const source = new EventSource(url, { fetch, headers: { "x-a": "1" }, ...init });
    source.onmessage = () => assert.fail("an event");
    assert.equal(await failed(source), state);
    await settle();
    assert.equal(came.length, calls);
    assert.equal(said.length, state ? 1 : 0);
    const [, probe, again] = came;
    if (probe)
      assert.deepEqual(
        [probe.mode, probe.method, probe.body, [...new Headers(probe.headers)]],
        ["no-cors", undefined, undefined, [["accept", "text/event-stream"]]],
      );
    // What found it out is let go of.
    for (const { signal } of [probe, again].filter(Boolean)) assert.ok(signal.aborted);
    if (again) assert.match(said[0] ?? "CORS", /CORS/);
    source.close();
  });

for (const [what, ...before] of [
  ["asking without CORS", lost()],
  ["asking again", lost(), opaque],
])
  for (const end of ["close()", "ten seconds"])
    test(`${end} ends finding out, by ${what}, and nothing is concluded from it`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const { fetch, calls } = scripted(...before, new Promise(() => {}));
      /** Never answers, and knows the signal. */
      const hanging = (url, init) =>
        Promise.race([
          fetch(url, init),
          new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(lost()))),
        ]);
      const source = new EventSource(url, { fetch: hanging });
      const state = failed(source);
      while (calls.length <= before.length) await settle();
      assert.ok(!calls.at(-1).signal.aborted);
      if (end === "close()") source.close();
      else {
        t.mock.timers.tick(10_000);
        assert.equal(await state, 0);
      }
      assert.ok(calls.at(-1).signal.aborted);
      source.close();
    });

test("what `headers()` throws is reported, and the attempt made again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const thrown = reports(t);
  const { fetch, calls } = scripted();
  const source = new EventSource(url, {
    fetch,
    headers() {
      throw new Error("no token");
    },
  });
  assert.equal(await failed(source), 0);
  source.close();
  assert.deepEqual(
    thrown.map(({ message }) => message),
    ["no token"],
  );
  assert.equal(calls.length, 0);
});

test("headers are asked for before each attempt, and go with the standard's own", async () => {
  const { fetch, calls } = scripted(stream("retry: 1\nid: 7\n\n"));
  const asked = [];
  const source = new EventSource(url, {
    fetch,
    withCredentials: true,
    headers: async ({ attempt, lastEventId, cause }) => {
      asked.push([attempt, lastEventId, cause?.code]);
      return { authorization: `token ${asked.length}` };
    },
  });
  assert.equal(await failed(source), 0);
  while (calls.length < 2) await settle();
  source.close();
  assert.deepEqual(asked, [
    [1, "", undefined],
    [2, "7", "end-of-stream"],
  ]);
  const accept = ["accept", "text/event-stream"];
  assert.deepEqual(
    calls.map(({ url, headers, cache, credentials }) => [url, [...headers], cache, credentials]),
    [
      [url, [accept, ["authorization", "token 1"]], "no-store", "include"],
      [url, [accept, ["authorization", "token 2"], ["last-event-id", "7"]], "no-store", "include"],
    ],
  );
});

test("a POST is made once, and its end closes the source", async (t) => {
  const said = complaints(t);
  const { fetch, calls } = scripted(stream("data: 1\n\ndata: 2\n\n"));
  const source = new EventSource(url, { fetch, method: "POST", body: "question" });
  const seen = [];
  source.onmessage = ({ data }) => seen.push(data);
  assert.equal(await failed(source), 2);
  assert.deepEqual(seen, ["1", "2"]);
  assert.deepEqual(
    calls.map(({ method, body }) => [method, body]),
    [["POST", "question"]],
  );
  assert.deepEqual(said, []);
});

test("why it is closed stands on the console, and what the server says instead is not waited for", async (t) => {
  // Who waits for more waits for ever.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const said = complaints(t);
  for (const [answer, why] of [
    [new Response(new ReadableStream(), { status: 404 }), /status 404/],
    [new Response(new ReadableStream(), { headers: { "content-type": "text/html" } }), /text\/html/],
  ]) {
    const { fetch } = scripted(answer);
    assert.equal(await failed(new EventSource(url, { fetch })), 2);
    assert.match(said.at(-1), why);
  }
});

test("what the request is made of is checked at once", () => {
  for (const init of [
    { headers: { "a b": "" } },
    { headers: { "Last-Event-ID": "1" } },
    { method: "TRACE" },
    { method: "a b" },
    { body: "of a GET" },
    { fetch: "no function" },
    { mode: "no such" },
  ])
    assert.throws(() => new EventSource(url, init), TypeError, JSON.stringify(init));
  // A dictionary takes what it does not know, and makes booleans.
  new EventSource(url, { fetch: scripted().fetch, transport: "eventsource", withCredentials: 1 }).close();
});

test("where there is no page, a URL has to be absolute", () => {
  assert.throws(() => new EventSource("/stream"), { name: "SyntaxError", constructor: DOMException });
});
