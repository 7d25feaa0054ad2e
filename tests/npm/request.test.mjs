/** Requests of the application's own, in a network of the test's own: what is sent, and when. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngines } from "../../npm/modules/engine/engine.js";
import { createSource } from "../../npm/modules/source/source.js";
import { network, settle, url } from "./support/network.mjs";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const statuses = (states) => states.map(({ status }) => status);
const sent = ({ init }, name) => init.headers.get(name);

test("headers, method and body go out with every attempt", async (t) => {
  const { connect, requests, clock, natives } = network(t);
  const headers = [
    ["x-region", "eu"],
    ["X-Region", "us"],
    ["x-empty", ""],
  ];
  const body = "eins\nzwei ü";
  const options = { retry, method: "PUT", idempotent: true, headers, body, lastEventId: "7" };
  const { states } = await connect(options);
  await requests[0].answer({ status: 503 });
  await clock.advance(1000);
  await requests[1].answer();
  assert.deepEqual(statuses(states), ["reconnecting", "connecting", "open"]);
  assert.deepEqual([states[2].transport, states[2].resumedFrom], ["fetch", "7"]);
  assert.deepEqual([requests.length, natives.length], [2, 0]);
  for (const { url: asked, init } of requests) {
    assert.equal(asked, url);
    assert.deepEqual(
      [...init.headers],
      [
        ["accept", "text/event-stream"],
        ["last-event-id", "7"],
        ["x-empty", ""],
        ["x-region", "eu, us"],
      ],
    );
    const { headers, signal, ...rest } = init;
    assert.deepEqual(rest, {
      cache: "no-store",
      credentials: "same-origin",
      method: "PUT",
      body,
      mode: undefined,
      redirect: undefined,
    });
    assert.ok(signal instanceof AbortSignal);
  }
});

test("headers may have any form that fetch takes", async (t) => {
  const { connect, requests } = network(t);
  for (const headers of [{ "X-A": "1" }, [["x-a", "1"]], new Headers({ "x-a": "1" }), new Map([["x-a", 1]])])
    for (const given of [headers, () => headers, async () => headers]) {
      await connect({ headers: given });
      assert.equal(sent(requests.at(-1), "x-a"), "1");
    }
  assert.equal(requests.length, 12);
});

test("mode, redirect and credentials are sent as they are set", async (t) => {
  const { connect, requests } = network(t);
  await connect({ mode: "same-origin", redirect: "error", withCredentials: true });
  const { mode, redirect, credentials, method } = requests[0].init;
  assert.deepEqual([mode, redirect, credentials, method], ["same-origin", "error", "include", "GET"]);
});

test("the application's Accept and Content-Type win", async (t) => {
  const { connect, requests } = network(t);
  const wanted = { ACCEPT: "text/event-stream;level=2", "Content-Type": "application/json" };
  for (const headers of [wanted, () => wanted]) {
    await connect({ headers, method: "POST", body: "{}" });
    assert.equal(sent(requests.at(-1), "accept"), wanted.ACCEPT);
    assert.equal(sent(requests.at(-1), "content-type"), "application/json");
  }
});

test("the last event ID is sent once it is known, as the bytes of its UTF-8, and not when it was emptied", async (t) => {
  const { connect, requests, clock } = network(t);
  await connect({ retry, headers: { "x-a": "1" } });
  for (const stream of ["id: ü💥\ndata: 1\n\n", "id\ndata: 2\n\n", "data: 3\n\n"]) {
    await requests.at(-1).answer();
    await requests.at(-1).chunk(stream);
    await requests.at(-1).end();
    await clock.advance(1000);
  }
  const bytes = Buffer.from("ü💥", "utf8").toString("latin1");
  assert.deepEqual(
    requests.map((request) => sent(request, "last-event-id")),
    [null, bytes, null, null],
  );
});

test("under auto the id goes to another origin in the query, else in the header", async (t) => {
  const { connect, requests } = network(t, { page: "http://127.0.0.1:81" });
  for (const [options, to, query, header] of [
    [{}, url, "?lastEventId=7", null],
    [{ lastEventIdParam: "since" }, url, "?since=7", null],
    [{ lastEventIdParam: false }, url, "", "7"],
    [{ transport: "fetch" }, url, "", "7"],
    [{}, "http://127.0.0.1:81/own", "", "7"],
  ]) {
    await connect({ ...options, lastEventId: "7", headers: { "x-a": "1" } }, to);
    assert.equal(requests.at(-1).url, to + query);
    assert.equal(sent(requests.at(-1), "last-event-id"), header);
  }
});

test("every attempt asks for the original URL", async (t) => {
  const { connect, requests, clock } = network(t);
  await connect({ retry, headers: { "x-key": "secret" } });
  for (let n = 0; n < 3; n++) {
    await requests[n].answer({ url: "http://127.0.0.1:82/elsewhere" });
    await requests[n].end();
    await clock.advance(1000);
  }
  assert.deepEqual(
    requests.map((request) => [request.url, sent(request, "x-key")]),
    Array(4).fill([url, "secret"]),
  );
});

test("each of these options takes fetch under auto, and is refused with an explicit eventsource", async (t) => {
  const { connect, requests, natives } = network(t);
  for (const [name, options] of [
    ["headers", { headers: {} }],
    ["headers", { headers: () => ({}) }],
    ["method", { method: "POST" }],
    ["method", { method: "HEAD" }],
    ["body", { method: "POST", body: "" }],
    ["mode", { mode: "cors" }],
    ["redirect", { redirect: "follow" }],
    ["refresh", { refresh: async () => {} }],
    ["fetch", { fetch: (...all) => globalThis.fetch(...all) }],
  ]) {
    await assert.rejects(connect({ ...options, transport: "eventsource" }), {
      name: "TypeError",
      message: `"transport" must be auto or fetch: ${name} needs fetch`,
    });
    const { source, states } = await connect(options);
    await requests.at(-1).answer();
    assert.deepEqual([states[0].status, states[0].transport], ["open", "fetch"], name);
    source.close();
  }
  assert.deepEqual([requests.length, natives.length], [9, 0]);
});

test("what a GET is anyway does not take fetch", async (t) => {
  const { connect, requests, natives } = network(t);
  for (const options of [{ idempotent: true }, { method: "GET" }, { method: "get" }])
    for (const transport of ["auto", "eventsource"]) {
      const { states } = await connect({ ...options, transport });
      natives.at(-1).open();
      assert.equal(states[0].transport, "eventsource");
    }
  assert.deepEqual([requests.length, natives.length], [0, 6]);
});

test("a GET of the application's own is retried and reconnected as any other", async (t) => {
  const { connect, requests, clock } = network(t);
  const { states } = await connect({ retry, headers: {}, method: "get" });
  await requests[0].answer({ status: 503 });
  await clock.advance(1000);
  await requests[1].answer();
  await requests[1].end();
  await clock.advance(1000);
  assert.deepEqual(statuses(states), ["reconnecting", "connecting", "open", "reconnecting", "connecting"]);
  assert.equal(requests.length, 3);
});

test("a source that is closed before it can send anything sends nothing", async (t) => {
  const { exports, requests } = network(t);
  const outcomes = new Set();
  for (let microtasks = 0; microtasks < 40; microtasks++) {
    const asked = [];
    const headers = (attempt) => {
      asked.push(attempt);
      return {};
    };
    const source = createSource(async () => createEngines(exports), url, { headers });
    for (let n = 0; n < microtasks; n++) await undefined;
    const before = [asked.length, requests.length];
    source.close();
    await settle();
    assert.deepEqual([asked.length, requests.length], before, `${microtasks}`);
    assert.deepEqual(source.state, { status: "closed", reason: "closed" });
    outcomes.add(before.join());
    requests.length = 0;
  }
  assert.deepEqual([...outcomes], ["0,0", "1,0", "1,1"]);
});
