/** URLs and bodies that the application is asked for before each attempt. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, settle } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const statuses = (states) => states.map(({ status }) => status);
const post = { method: "POST", idempotent: true };
const page = "http://127.0.0.1";

test("URL, headers and body are asked for before each attempt, with the same attempt, in this order", async (t) => {
  const { connect, requests, clock, natives } = network(t);
  const asked = [];
  const ask = (name, answer) => (attempt) => {
    asked.push([name, attempt]);
    return answer(attempt);
  };
  const options = {
    ...post,
    retry,
    headers: ask("headers", async () => ({ "x-a": "1" })),
    body: ask("body", async ({ attempt }) => `body ${attempt}`),
  };
  const { states } = await connect(
    options,
    ask("url", async ({ attempt }) => new URL(`${page}/${attempt}`)),
  );
  await requests[0].answer({ status: 503 });
  await clock.advance(1000);
  assert.deepEqual(
    requests.map(({ url, init }) => [url, init.body, init.headers.get("x-a")]),
    [
      [`${page}/1`, "body 1", "1"],
      [`${page}/2`, "body 2", "1"],
    ],
  );
  assert.deepEqual(
    asked.map(([name]) => name),
    ["url", "headers", "body", "url", "headers", "body"],
  );
  assert.deepEqual(asked[0][1], { attempt: 1, lastEventId: "", cause: undefined });
  for (const [, attempt] of asked.slice(3))
    assert.deepEqual(attempt, { attempt: 2, lastEventId: "", cause: states[0].cause });
  assert.equal(natives.length, 0);
});

test("a URL alone takes fetch, and is asked for again when the stream was lost", async (t) => {
  const { connect, requests, natives } = network(t);
  let count = 0;
  const { source } = await connect({ retry }, () => `${page}/stream?token=${++count}`);
  assert.equal(natives.length, 0);
  await requests[0].answer();
  await requests[0].chunk("id: 7\ndata: 1\n\n");
  source.reconnect();
  await settle();
  assert.deepEqual(
    requests.map(({ url }) => url),
    [`${page}/stream?token=1`, `${page}/stream?token=2`],
  );
  assert.equal(requests[1].init.headers.get("last-event-id"), "7");
});

test("both are asked for again after a refresh", async (t) => {
  const { connect, requests } = network(t);
  let token = 1;
  const refresh = async () => token++;
  await connect({ ...post, refresh, body: () => `${token}` }, () => `${page}/${token}`);
  await requests[0].answer({ status: 401 });
  assert.deepEqual(
    requests.map(({ url, init }) => [url, init.body]),
    [
      [`${page}/1`, "1"],
      [`${page}/2`, "2"],
    ],
  );
});

for (const what of ["url", "body"])
  for (const [how, fail] of Object.entries({
    throws: () => {
      throw new Error("no token");
    },
    rejects: async () => {
      throw new Error("no token");
    },
  }))
    test(`${what}() that ${how} is a failed attempt, and is asked again`, async (t) => {
      const { connect, requests, clock } = network(t);
      let calls = 0;
      const ask = (answer) => () => (calls++ ? answer : fail());
      const { states } = await connect(
        { ...post, retry, ...(what === "body" && { body: ask("text") }) },
        what === "url" ? ask(`${page}/stream`) : `${page}/stream`,
      );
      assert.deepEqual(statuses(states), ["reconnecting"]);
      assert.equal(states[0].cause.code, "network");
      assert.equal(states[0].cause.message, "the connection failed: no token");
      assert.equal(states[0].cause.cause.message, "no token");
      assert.equal(requests.length, 0);
      await clock.advance(1000);
      assert.deepEqual([calls, requests.length], [2, 1]);
    });

for (const [answer, shown] of [
  ["ftp://127.0.0.1/", "ftp://127.0.0.1/"],
  ["http://user:secret@127.0.0.1/", "…@…"],
  ["http://[/", "http://[/"],
  [undefined, "undefined"],
  ["/relative", "/relative"],
])
  test(`a URL that no request can be made to is the end, whatever shouldRetry says: ${shown}`, async (t) => {
    const { connect, requests } = network(t);
    const asked = [];
    const shouldRetry = (failed) => asked.push(failed) > 0;
    const { states } = await connect({ retry: { ...retry, shouldRetry } }, async () => answer);
    assert.deepEqual([states.length, states[0].status, states[0].reason], [1, "closed", "fatal"]);
    const { cause } = states[0];
    assert.match(cause.message, /^the connection failed: "url\(\)" must be an HTTP URL without password/);
    assert.ok(cause.message.endsWith(`: "${shown}"`), cause.message);
    assert.doesNotMatch(cause.message, /secret/);
    assert.deepEqual([requests.length, asked.length], [0, 0]);
  });

test("a relative URL is resolved as that of the page", async (t) => {
  fakePage(t);
  const { connect, requests } = network(t);
  await connect({}, () => "stream?a");
  assert.equal(requests[0].url, "https://example.com/stream?a");
});

test("what can be checked before a URL is known is checked at once", async (t) => {
  const { connect } = network(t);
  const url = () => `${page}/`;
  for (const [options, message] of [
    [{ transport: "eventsource" }, /"transport" must be auto or fetch: a function for the URL needs fetch/],
    [{ body: () => "text" }, /GET/],
    [{ headers: { "last-event-id": "7" } }, /without Last-Event-ID/],
    [{ headers: { "x y": "7" } }, /headers/],
    [{ method: "TRACE" }, /TRACE/],
  ])
    await assert.rejects(connect(options, url), { name: "TypeError", message });
  await assert.rejects(connect({ transport: "eventsource", ...post, body: () => "" }), TypeError);
});

test("a body may be none, and a stream is none that can be sent again", async (t) => {
  const { connect, requests } = network(t);
  for (const none of [undefined, null]) {
    await connect({ ...post, body: () => none });
    assert.equal(requests.at(-1).init.body, undefined);
  }
  const { states } = await connect({ ...post, body: () => new ReadableStream() });
  assert.equal(states[0].status, "reconnecting");
  assert.match(states[0].cause.message, /"body\(\)" must be no stream: each attempt sends it anew/);
});

test("where a form goes, its content type goes with it", async (t) => {
  const { connect, requests } = network(t);
  const form = new URLSearchParams({ a: "1" });
  await connect({ ...post, body: () => form });
  assert.equal(requests[0].init.body, form);
  assert.equal(requests[0].init.headers.has("content-type"), false);
});

// Each attempt goes where its URL says: what depends on the origin is decided anew.
test("to another origin the query carries the last event ID, to the own one the header", async (t) => {
  const { connect, requests } = network(t, { page });
  const urls = [
    "https://other.example/stream?a=1&lastEventId=old#b",
    `${page}/stream?lastEventId=old`,
    "https://other.example/",
  ];
  let count = 0;
  const { source } = await connect({ lastEventId: "ü7" }, () => urls[count++]);
  source.reconnect();
  await settle();
  source.reconnect();
  await settle();
  assert.deepEqual(
    requests.map(({ url, init }) => [url, init.headers.get("last-event-id")]),
    [
      ["https://other.example/stream?a=1&lastEventId=%C3%BC7#b", null],
      [`${page}/stream`, "\u00c3\u00bc7"],
      ["https://other.example/?lastEventId=%C3%BC7", null],
    ],
  );
});

for (const options of [{ transport: "fetch" }, { lastEventIdParam: false }])
  test(`with ${JSON.stringify(options)} the header carries it to any origin`, async (t) => {
    const { connect, requests } = network(t, { page });
    await connect({ lastEventId: "7", ...options }, () => "https://other.example/stream");
    assert.equal(requests[0].url, "https://other.example/stream");
    assert.equal(requests[0].init.headers.get("last-event-id"), "7");
  });

test("without an id, neither does", async (t) => {
  const { connect, requests } = network(t, { page });
  await connect({}, () => "https://other.example/stream?lastEventId=own");
  assert.equal(requests[0].url, "https://other.example/stream?lastEventId=own");
  assert.equal(requests[0].init.headers.has("last-event-id"), false);
});

test("events have the origin of the URL that was asked for, where the response shows none", async (t) => {
  const { connect, requests } = network(t);
  const { source } = await connect({}, () => "https://other.example/stream");
  const origins = [];
  source.onAny(({ origin }) => origins.push(origin));
  await requests[0].answer({ url: "" });
  await requests[0].chunk("data: 1\n\n");
  assert.deepEqual(origins, ["https://other.example"]);
});

test("a server on the same machine is there whatever becomes of the network, once its URL is known", async (t) => {
  for (const [url, reached] of [
    ["http://localhost/", 2],
    ["https://example.com/", 1],
  ]) {
    fakePage(t, { online: false });
    const { connect, requests, clock } = network(t);
    await connect({ retry: { initialMs: 1000, maxMs: 30_000 } }, () => url);
    await requests[0].break();
    await clock.advance(5000);
    assert.equal(requests.length, reached, url);
  }
});

test("an answer that comes too late is not heard", async (t) => {
  const { connect, requests } = network(t);
  const answers = [];
  const { source } = await connect({}, () => new Promise((resolve) => answers.push(resolve)));
  source.reconnect();
  await settle();
  answers[0]("https://late.example/");
  answers[1](`${page}/now`);
  await settle();
  assert.deepEqual(
    requests.map(({ url }) => url),
    [`${page}/now`],
  );
});
