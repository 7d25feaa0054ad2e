/** Requests that are refused: by connect(), or by the server; and what becomes of those that are no GET. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSource } from "../../npm/modules/source/source.js";
import { network, url } from "./support/network.mjs";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const fetching = { transport: "fetch", retry };
const statuses = (states) => states.map(({ status }) => status);

const stream = () => new Response("body").body;
for (const [name, options, message] of [
  ["a GET with a body", { body: "x" }, /body/],
  ["a HEAD with a body", { method: "head", body: "x" }, /body/],
  ["a body that is a stream", { method: "POST", body: stream() }, /duplex|stream/],
  ["a Last-Event-ID", { headers: { "last-event-ID": "7" } }, /"headers" must be .*the option lastEventId/],
  ["an empty Last-Event-ID", { headers: [["Last-Event-ID", ""]] }, /the option lastEventId/],
  ["a Last-Event-ID in Headers", { headers: new Headers({ "last-event-id": "7" }) }, /lastEventId/],
  ["CR LF in a header", { headers: { "x-a": "1\r\nx-b: 2" } }, /./],
  ["CR in a header", { headers: { "x-a": "1\r2" } }, /./],
  ["LF in a header", { headers: { "x-a": "1\n2" } }, /./],
  ["NUL in a header", { headers: { "x-a": "1\0" } }, /./],
  ["a name of two words", { headers: { "x a": "1" } }, /./],
  ["an empty name", { headers: { "": "1" } }, /./],
  ["a value that is not Latin-1", { headers: { "x-a": "→" } }, /./],
  ["headers that are none", { headers: "x-a: 1" }, /./],
  ["a pair of three", { headers: [["x-a", "1", "2"]] }, /./],
  ["CONNECT", { method: "CONNECT" }, /./],
  ["TRACE", { method: "trace" }, /./],
  ["TRACK", { method: "TRACK" }, /./],
  ["a method of two words", { method: "not one" }, /./],
  ["no method at all", { method: "" }, /./],
])
  test(`connect() refuses ${name} at once, under any transport`, () => {
    for (const transport of ["auto", "fetch"])
      assert.throws(() => createSource(() => new Promise(() => {}), url, { ...options, transport }), {
        name: "TypeError",
        message,
      });
  });

test("what connect() has checked is still there to be sent", async (t) => {
  const { connect, requests, clock } = network(t);
  const form = new FormData();
  form.append("name", "value");
  for (const [body, expected] of [
    ["text", "text"],
    [new TextEncoder().encode("bytes"), "bytes"],
    [new Uint8Array([1, 118, 0, 99, 1]).subarray(1, 4), "v\0c"],
    [new Uint8Array([120]).buffer, "x"],
    [new Blob(["blob"]), "blob"],
    [new URLSearchParams({ a: "b c" }), "a=b+c"],
    [form, 'name="name"\r\n\r\nvalue\r\n'],
  ]) {
    const { source } = await connect({ retry, method: "POST", idempotent: true, body });
    await requests.at(-1).answer({ status: 503 });
    await clock.advance(1000);
    source.close();
    for (const { init } of requests.splice(0)) {
      const text = await new Response(init.body).text();
      assert.ok(text.includes(expected), `${text} for ${expected}`);
    }
  }
});

test("a request that is no GET is not repeated where it may have been carried out", async (t) => {
  const { connect, requests, clock } = network(t);
  for (const [code, fail] of [
    ["status", (request) => request.answer({ status: 500, headers: { "retry-after": "0" } })],
    ["network", (request) => request.break()],
    ["network", (request) => request.answer().then(() => request.break())],
    ["timeout", () => clock.advance(500)],
  ])
    for (const method of ["POST", "put", "HEAD"]) {
      const { states } = await connect({ retry, method, connectTimeoutMs: 500 });
      await fail(requests[0]);
      await clock.advance(1e6);
      const { status, reason, cause } = states.at(-1);
      assert.deepEqual([status, reason, cause.code], ["closed", "fatal", code]);
      assert.ok(!statuses(states).includes("reconnecting"));
      assert.deepEqual([requests.length, requests.pop().aborted, clock.timers], [1, true, 0]);
    }
});

test("one that was refused is sent again, not before Retry-After", async (t) => {
  const { connect, requests, clock } = network(t);
  for (const status of [408, 425, 429, 503]) {
    const asked = [];
    const shouldRetry = ({ retryable }) => asked.push(retryable) > 0;
    const { source, states } = await connect({
      method: "POST",
      body: "ask",
      retry: status === 503 ? retry : { ...retry, shouldRetry },
    });
    await requests[0].answer({ status, headers: { "retry-after": "7" } });
    assert.ok(states[0].waitMs >= 7000 && states[0].waitMs <= 8000, `${states[0].waitMs}`);
    await clock.advance(6999);
    assert.equal(requests.length, 1);
    await clock.advance(1001);
    assert.deepEqual([requests.length, requests[1].init.body], [2, "ask"]);
    assert.deepEqual(asked, status === 503 ? [] : [true]);
    await requests[1].answer();
    await requests[1].end();
    assert.equal(source.state.by, "response");
    requests.length = 0;
  }
});

test("shouldRetry hears that it would not be repeated, and can change it only where a status has refused it", async (t) => {
  const { connect, requests, clock } = network(t);
  const asked = [];
  const shouldRetry = ({ retryable, cause }) => {
    asked.push([retryable, cause.status]);
    return true;
  };
  const { states } = await connect({ method: "POST", retry: { ...retry, shouldRetry } });
  await requests[0].answer({ status: 500 });
  await clock.advance(1000);
  await requests[1].break();
  await clock.advance(1e6);
  assert.deepEqual(statuses(states), ["reconnecting", "connecting", "closed"]);
  assert.deepEqual([states[2].reason, requests.length], ["fatal", 2]);
  assert.deepEqual(asked, [
    [false, 500],
    [false, undefined],
  ]);
});

test("one that is idempotent is repeated, not before Retry-After", async (t) => {
  const { connect, requests, clock } = network(t);
  const options = { retry, method: "POST", body: "ask", idempotent: true };
  for (const [value, least] of [
    ["7", 7000],
    [new Date(Date.now() + 60_000).toUTCString(), 58_000],
  ]) {
    const { states, source } = await connect(options);
    await requests.at(-1).answer({ status: 503, headers: { "retry-after": value } });
    assert.equal(states[0].status, "reconnecting");
    const { waitMs, cause } = states[0];
    assert.ok(waitMs >= least && waitMs <= least + 3000, `${waitMs}`);
    assert.equal(cause.headers.get("retry-after"), value);
    source.close();
  }
  requests.length = 0;
  const { states } = await connect(options);
  await requests[0].break();
  await clock.advance(1000);
  await requests[1].answer();
  await requests[1].break();
  await clock.advance(1000);
  await requests[2].answer();
  await requests[2].end();
  assert.deepEqual([states.at(-1).status, states.at(-1).reason], ["closed", "ended"]);
  assert.deepEqual(
    requests.map(({ init }) => [init.method, init.body]),
    Array(3).fill(["POST", "ask"]),
  );
});

test("the end of its stream is the end, unless the application wants another", async (t) => {
  const { connect, requests, clock } = network(t);
  const { source, states } = await connect({ retry, method: "POST", body: "ask" });
  await requests[0].answer();
  await requests[0].chunk("id: 3\ndata: 1\n\n");
  source.reconnect();
  assert.deepEqual([states[1].status, states[1].cause.code], ["reconnecting", "asked"]);
  await clock.advance(1);
  assert.deepEqual([requests[1].init.body, requests[1].init.headers.get("last-event-id")], ["ask", "3"]);
  await requests[1].answer();
  await requests[1].end();
  await clock.advance(1e6);
  assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting", "open", "closed"]);
  assert.deepEqual(states[4], { status: "closed", reason: "ended", by: "response" });
  assert.deepEqual([requests.length, clock.timers], [2, 0]);
});

/** The cause that a refusal with this body gives. */
async function refusal(t, answer, chunks = []) {
  const { connect, requests, clock } = network(t);
  const { states, source } = await connect(fetching);
  await requests[0].answer({ body: chunks.length > 0, ...answer });
  for (const chunk of chunks) await requests[0].chunk(chunk);
  if (chunks.length) await requests[0].end();
  const [{ cause }] = states;
  source.close();
  assert.equal(clock.timers, 0);
  return { cause, request: requests[0] };
}

for (const [name, answer, chunks, text] of [
  ["in pieces", { status: 404 }, ["no such ", "order: ü"], "no such order: ü"],
  ["that is retried", { status: 503 }, ["later"], "later"],
  ["without a body", { status: 400 }, [], ""],
  ["of another type", { type: "text/html" }, ["<!doctype html>"], "<!doctype html>"],
  ["that is no UTF-8", { status: 500 }, [Uint8Array.of(97, 255, 98)], "a\ufffdb"],
  ["cut within a character", { status: 500 }, [Uint8Array.of(97, 0xe2, 0x82)], "a"],
  ["whose character is in two pieces", { status: 500 }, [Uint8Array.of(0xc3), Uint8Array.of(0xbc)], "ü"],
  ["with a byte order mark", { status: 500 }, ["\ufeffa\ufeff"], "a\ufeff"],
])
  test(`what a refusal says is told: one ${name}`, async (t) => {
    const { cause } = await refusal(t, { headers: { "x-why": "gone" }, ...answer }, chunks);
    const code = answer.status ? "status" : "content-type";
    assert.deepEqual([cause.code, cause.status, cause.bodyText], [code, answer.status ?? 200, text]);
    assert.equal(cause.headers.get("x-why"), "gone");
  });

test("no more than two kibibytes of it are read, and half a character is none", async (t) => {
  const { cause, request } = await refusal(t, { status: 404 }, [`x${"ü".repeat(600)}`, "ü".repeat(5000)]);
  assert.equal(cause.bodyText, `x${"ü".repeat(1023)}`);
  assert.ok(request.cancelled);
});

for (const status of [404, 503])
  test(`its body is not waited for longer than a second, connect timeout or not: ${status}`, async (t) => {
    const { connect, requests, clock } = network(t);
    const { states } = await connect({ ...fetching, connectTimeoutMs: 300 });
    await clock.advance(299);
    await requests[0].answer({ status, body: true });
    await requests[0].chunk("half of ");
    await clock.advance(999);
    assert.deepEqual(states, []);
    await clock.advance(1);
    assert.equal(states[0].status, status === 404 ? "closed" : "reconnecting");
    const { code, status: told, bodyText } = states[0].cause;
    assert.deepEqual([code, told, bodyText], ["status", status, "half of "]);
    assert.ok(requests[0].cancelled);
  });

test("what came of a body that broke off is told", async (t) => {
  const { connect, requests, clock } = network(t);
  const { states } = await connect(fetching);
  await requests[0].answer({ status: 404, body: true });
  await requests[0].chunk("torn");
  await requests[0].break();
  assert.deepEqual([states[0].reason, states[0].cause.bodyText], ["fatal", "torn"]);
  assert.equal(clock.timers, 0);
});

test("a source that is closed while the body is read leaves nothing", async (t) => {
  const { connect, requests, clock } = network(t);
  const { source, states } = await connect(fetching);
  await requests[0].answer({ status: 404, body: true });
  source.close();
  await requests[0].chunk("late");
  await clock.advance(1e6);
  assert.deepEqual(states, [{ status: "closed", reason: "closed" }]);
  assert.deepEqual([requests[0].cancelled, clock.timers], [true, 0]);
});
