/** Page and worker, joined by what crosses between them: what the page is asked for before each attempt. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSource } from "../../npm/modules/hub/inside/source.js";
import { recorded } from "./support/fake-engine.mjs";
import { source, workers } from "./support/fake-worker.mjs";
import { network, settle } from "./support/network.mjs";

const statuses = (states) => states.map(({ status }) => status);
const origin = "http://127.0.0.1";

/** A source whose engine is on the other side of structured cloning. */
async function joined(t, options, url) {
  const { exports, requests, clock } = network(t);
  const { made } = workers(t);
  const all = await source(t, () => made.length, options, url);
  const join = async (worker) => {
    const inside = new Map();
    const say = (call) => worker.says(structuredClone([call]));
    const outbox = { now: say, soon: say, flush() {} };
    worker.postMessage = (calls) => {
      for (const [number, name, ...values] of structuredClone(calls))
        if (name === "create")
          inside.set(
            number,
            createSource(
              exports,
              outbox,
              () => async () => {},
              number,
              values,
              () => inside.delete(number),
            ),
          );
        else inside.get(number)?.[name]?.(...values);
    };
    worker.says({});
    await settle();
    await settle();
  };
  await join(made[0]);
  return { ...all, requests, clock, made, join };
}

const post = { method: "POST", idempotent: true, retry: { initialMs: 1000, maxMs: 0 } };

test("the page is asked for URL, headers and body of each attempt", async (t) => {
  const asked = [];
  const ask = (name, answer) => async (attempt) => {
    asked.push([name, attempt.attempt, attempt.lastEventId, attempt.cause?.status]);
    return answer(attempt);
  };
  const all = await joined(
    t,
    {
      ...post,
      headers: ask("headers", () => ({ "x-a": "1" })),
      body: ask("body", ({ attempt }) => new URLSearchParams({ attempt })),
    },
    ask("url", ({ attempt }) => `${origin}/${attempt}`),
  );
  const { requests, clock, states, source } = all;
  await requests[0].answer({ status: 503 });
  await clock.advance(1000);
  await settle();
  assert.equal(source.stats.engine, "worker");
  assert.deepEqual(asked, [
    ["url", 1, "", undefined],
    ["headers", 1, "", undefined],
    ["body", 1, "", undefined],
    ["url", 2, "", 503],
    ["headers", 2, "", 503],
    ["body", 2, "", 503],
  ]);
  for (const [index, { url, init }] of requests.entries()) {
    assert.equal(url, `${origin}/${index + 1}`);
    assert.equal(new TextDecoder().decode(init.body), `attempt=${index + 1}`);
    // Bytes do not say that they were a form.
    assert.match(init.headers.get("content-type"), /^application\/x-www-form-urlencoded/);
    assert.equal(init.headers.get("x-a"), "1");
  }
  assert.deepEqual(statuses(states), ["reconnecting", "connecting"]);
});

test("a body that is given goes out as it was, with its content type", async (t) => {
  const body = new URLSearchParams({ a: "1" });
  const { requests } = await joined(t, { ...post, body });
  const [{ init }] = requests;
  assert.equal(new TextDecoder().decode(init.body), "a=1");
  assert.match(init.headers.get("content-type"), /^application\/x-www-form-urlencoded/);
});

test("no body is none, and an own content type is kept", async (t) => {
  const headers = { "content-type": "x/y" };
  const { requests } = await joined(t, { ...post, headers, body: () => undefined });
  const [{ init }] = requests;
  assert.deepEqual([init.body, init.headers.get("content-type")], [undefined, "x/y"]);
});

for (const [name, options, url] of [
  ["url", {}, "fail"],
  ["body", { body: "fail" }, undefined],
])
  test(`what ${name}() throws in the page is the cause of a failed attempt`, async (t) => {
    const own = new Error("no token");
    const fail = () => {
      throw own;
    };
    const given = Object.fromEntries(Object.keys(options).map((key) => [key, fail]));
    const { states, requests } = await joined(t, { ...post, ...given }, url && fail);
    assert.deepEqual(statuses(states), ["reconnecting"]);
    assert.equal(states[0].cause.message, "the connection failed: no token");
    assert.equal(states[0].cause.cause, own);
    assert.equal(requests.length, 0);
  });

test("a URL that no request can be made to is the end", async (t) => {
  const { states, requests } = await joined(t, post, () => "ftp://127.0.0.1/");
  assert.deepEqual([states[0].status, states[0].reason, requests.length], ["closed", "fatal", 0]);
  assert.match(states[0].cause.message, /: "url\(\)" must be an HTTP URL/);
});

test("a source that a failure has closed opens again, in the worker", async (t) => {
  const { source, states, requests, made, join } = await joined(t, { transport: "fetch" });
  const data = recorded((note) => source.on("message", (event) => note(event.data)));
  await requests[0].answer();
  await requests[0].chunk("id: 7\ndata: 1\n\n");
  source.reconnect();
  await settle();
  await requests[1].answer({ status: 404 });
  await settle();
  assert.equal(source.state.reason, "fatal");
  source.reconnect();
  // With its last source the worker has ended.
  while (made.length < 2) await settle();
  await join(made[1]);
  assert.equal(requests[2].init.headers["last-event-id"], "7");
  await requests[2].answer();
  await requests[2].chunk("id: 8\ndata: 2\n\n");
  assert.deepEqual(data, [1, 2]);
  assert.equal(states.at(-1).status, "open");
  assert.deepEqual([source.stats.attempts, source.stats.events], [3, 2]);
});
