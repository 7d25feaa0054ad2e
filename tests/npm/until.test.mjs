/** The event that ends the stream, and the events that only prove it alive. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, opened, recorded, reports } from "./support/fake-engine.mjs";
import { network, settle } from "./support/network.mjs";

const data = (events) => events.map((event) => event.data);
const text = { defaultDecode: "text" };

test("until: the stream ends at the event that matches, which nobody gets", async () => {
  const { source, server, engine, states } = await opened({
    ...text,
    until: ({ data }) => data === "[DONE]",
  });
  const words = recorded((note) => source.on("message", note));
  const all = recorded((note) => source.onAny(note));
  const stream = source.events("message");
  server.batch(
    ["message", "one", "1"],
    ["message", "two", "2"],
    ["message", "[DONE]", "3"],
    ["message", "x"],
  );
  assert.deepEqual(data(words), ["one", "two"]);
  assert.deepEqual(data(all), ["one", "two"]);
  assert.deepEqual(states, [{ status: "closed", reason: "ended", by: "until" }]);
  assert.deepEqual(engine.calls.slice(-1), ["close"]);
  const read = [];
  for await (const event of stream) read.push(event.data);
  assert.deepEqual(read, ["one", "two"]);
});

test("until is asked once for each event, before decoding and in order, and not after the end", async (t) => {
  const errors = reports(t);
  const asked = [];
  const until = (event) => {
    asked.push(event);
    return event.type === "done";
  };
  const { source, server } = await opened({ until });
  recorded((note) => source.on("a", note));
  recorded((note) => source.on("a", note));
  server.batch(["a", "1", "i"], ["nobody", "{", "j"], ["done", "[not JSON", "k"], ["a", "2"]);
  const origin = "http://127.0.0.1";
  assert.deepEqual(asked, [
    { type: "a", data: "1", lastEventId: "i", origin, raw: "1" },
    { type: "nobody", data: "{", lastEventId: "j", origin, raw: "{" },
    { type: "done", data: "[not JSON", lastEventId: "k", origin, raw: "[not JSON" },
  ]);
  assert.deepEqual(errors, []);
});

test("until that throws, or gives no answer, is reported and ends nothing", async (t) => {
  const errors = reports(t);
  const thrown = new Error("no");
  for (const [until, name, message] of [
    [
      () => {
        throw thrown;
      },
      "Error",
      /no/,
    ],
    [async () => true, "TypeError", /"until\(\)" must be true or false/],
  ]) {
    const { source, server, states } = await opened({ ...text, until });
    const events = recorded((note) => source.on("a", note));
    server.message("a", "x");
    assert.deepEqual([data(events), states], [["x"], []]);
    const error = errors.pop();
    assert.equal(error.name, name);
    assert.match(error.message, message);
  }
});

test("events of the heartbeat's type are not delivered", async () => {
  const until = ({ type }) => type === "beat";
  const { source, server, states } = await opened({ ...text, heartbeatEvent: "beat", until });
  const own = recorded((note) => source.on("beat", note));
  const all = recorded((note) => source.onAny(note));
  server.batch(["beat", "1"], ["a", "x"], ["beat", "2"]);
  assert.deepEqual([own, data(all), states], [[], ["x"], []]);
});

test("without a heartbeat, idleMs makes auto take fetch", async () => {
  for (const [options, onlyFetch] of [
    [{ idleMs: 5 }, true],
    [{ idleMs: 5, heartbeatEvent: "beat" }, false],
    [{ heartbeatEvent: "beat" }, false],
  ]) {
    const { engine } = await opened(options);
    assert.equal(engine.settings.onlyFetch, onlyFetch, JSON.stringify(options));
  }
});

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };

test("idle: a silent stream over fetch is reestablished, one with comments is not", async (t) => {
  const { connect, requests, clock } = network(t);
  const { source, states } = await connect({ retry, idleMs: 3000, lastEventId: "7" });
  await requests[0].answer();
  for (let second = 0; second < 10; second++) {
    await clock.advance(2000);
    await requests[0].chunk(":\n");
  }
  assert.deepEqual(states.length, 1);
  await clock.advance(2999);
  assert.equal(source.state.status, "open");
  await clock.advance(1);
  const { cause, ...state } = source.state;
  assert.deepEqual(state, { status: "reconnecting", attempt: 2, waitMs: 1000 });
  assert.deepEqual([cause.code, cause.message], ["idle", "nothing came for idleMs"]);
  assert.equal(requests[0].aborted, true);
  await clock.advance(1000);
  await requests[1].answer();
  assert.equal(requests[1].init.headers["last-event-id"], "7");
  assert.equal(source.state.status, "open");
});

test("idle: over EventSource events keep a stream alive, heartbeats too, and their silence does not", async (t) => {
  const { connect, natives, clock } = network(t);
  const { source } = await connect({ retry, idleMs: 3000, heartbeatEvent: "beat", transport: "eventsource" });
  natives[0].open();
  for (let second = 0; second < 10; second++) {
    await clock.advance(2000);
    natives[0].send("beat", "1", "");
  }
  assert.equal(source.state.status, "open");
  await clock.advance(3000);
  assert.deepEqual([source.state.status, source.state.cause.code], ["reconnecting", "idle"]);
  assert.equal(natives[0].readyState, 2);
  await clock.advance(1000);
  assert.equal(natives.length, 2);
});

test("idle: while the browser reconnects by itself silence is no news", async (t) => {
  const { connect, natives, clock } = network(t);
  const { source } = await connect({ idleMs: 3000, heartbeatEvent: "beat" });
  natives[0].open();
  natives[0].lose();
  await clock.advance(29_000);
  assert.deepEqual([source.state.status, source.state.waitMs], ["reconnecting", null]);
  natives[0].open();
  await clock.advance(2999);
  assert.equal(source.state.status, "open");
  await clock.advance(1);
  assert.equal(source.state.cause?.code, "idle");
});

test("idle: shouldRetry has its word on silence", async (t) => {
  const { connect, requests, clock } = network(t);
  const causes = [];
  const shouldRetry = ({ cause }) => {
    causes.push(cause.code);
    return false;
  };
  const { source } = await connect({ idleMs: 3000, retry: { shouldRetry } });
  await requests[0].answer();
  await clock.advance(3000);
  assert.deepEqual(causes, ["idle"]);
  assert.deepEqual([source.state.status, source.state.reason], ["closed", "fatal"]);
});

test("until over the real engine lets go of the request, and no other follows", async (t) => {
  const { connect, requests, clock } = network(t);
  const { source, states } = await connect({
    transport: "fetch",
    ...text,
    until: ({ data }) => data === "[DONE]",
  });
  const words = recorded((note) => source.on("message", note));
  await requests[0].answer();
  await requests[0].chunk("data: one\n\ndata: [DONE]\n\ndata: two\n\n");
  await settle();
  assert.deepEqual(data(words), ["one"]);
  assert.equal(requests[0].aborted, true);
  await clock.advance(1e6);
  assert.equal(requests.length, 1);
  assert.deepEqual(states.at(-1), { status: "closed", reason: "ended", by: "until" });
});

test("a source that is closed before it starts never listens", async () => {
  const { source, ready, made } = open({ heartbeatEvent: "beat" });
  source.close();
  await ready;
  assert.deepEqual(made, []);
});
