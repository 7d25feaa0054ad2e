/** The engine over fetch: failures, and who decides about them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { reports } from "./support/fake-engine.mjs";
import { network } from "./support/network.mjs";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const statuses = (states) => states.map(({ status }) => status);
const fetching = { transport: "fetch", retry };

test("an event over eventLimit is fatal, and those before it still come", async (t) => {
  const { connect, requests } = network(t);
  const { source, states } = await connect({ ...fetching, eventLimit: 10 });
  const events = [];
  source.onAny(({ data }) => events.push(data));
  await requests[0].answer();
  await requests[0].chunk(`data: 1\n\ndata: ${"9".repeat(50)}\n\ndata: 2\n\n`);
  assert.deepEqual(events, [1]);
  assert.deepEqual(statuses(states), ["open", "closed"]);
  assert.deepEqual([states[1].reason, states[1].cause.code], ["fatal", "too-large"]);
  assert.equal(requests[0].aborted, true);
});

const refusals = [
  [{ status: 404 }, "fatal", "status", /status 404$/],
  [{ type: "text/html" }, "fatal", "content-type", /got text\/html$/],
  [{ type: "" }, "fatal", "content-type", /got null$/],
  [{ status: 204, type: "", body: false }, "no-content", undefined, /^$/],
];
for (const [answer, reason, code, message] of refusals)
  test(`the answer ${JSON.stringify(answer)} closes`, async (t) => {
    const { connect, requests, clock } = network(t);
    const { states } = await connect(fetching);
    await requests[0].answer(answer);
    await clock.advance(1e6);
    assert.deepEqual(statuses(states), ["closed"]);
    const { cause } = states[0];
    assert.deepEqual([states[0].reason, cause?.code], [reason, code]);
    assert.match(cause?.message ?? "", message);
    if (cause) assert.equal(cause.status, answer.status ?? 200);
    assert.deepEqual([requests.length, requests[0].aborted, clock.timers], [1, true, 0]);
  });

test("400 and 431 in answer to a resume say so", async (t) => {
  const { connect, requests } = network(t);
  for (const [lastEventId, message] of [
    ["1", /last event ID/],
    ["", /status 431$/],
  ]) {
    const { states } = await connect({ ...fetching, lastEventId });
    await requests.at(-1).answer({ status: 431 });
    assert.match(states[0].cause.message, message);
  }
});

test("a type with parameters, in any case, is an event stream", async (t) => {
  const { connect, requests } = network(t);
  const { states } = await connect(fetching);
  await requests[0].answer({ type: "Text/Event-Stream; charset=utf-8" });
  assert.deepEqual(statuses(states), ["open"]);
});

test("no answer in time ends the attempt", async (t) => {
  const { connect, requests, clock } = network(t);
  const { states } = await connect({ ...fetching, connectTimeoutMs: 500 });
  await clock.advance(499);
  assert.deepEqual(states, []);
  await clock.advance(2);
  assert.equal(states[0].cause.code, "timeout");
  assert.equal(requests[0].aborted, true);
  await clock.advance(1000);
  await requests[1].answer();
  // Nothing is due any more.
  assert.equal(clock.timers, 0);
});

test("what broke the connection is in the cause, and the attempts are counted", async (t) => {
  const { connect, requests, clock } = network(t);
  const { states } = await connect({ transport: "fetch", retry: { ...retry, maxAttempts: 2 } });
  const error = new TypeError("no route");
  await requests[0].break(error);
  assert.equal(states[0].cause.message, "the connection failed: no route");
  assert.equal(states[0].cause.cause, error);
  await clock.advance(1000);
  await requests[1].break("text");
  assert.deepEqual(
    [states[2].reason, states[2].cause.message],
    ["attempts-exhausted", "the connection failed: text"],
  );
  assert.equal(clock.timers, 0);
});

test("a body that is missing is a stream that ended", async (t) => {
  const { connect, requests } = network(t);
  const { states } = await connect(fetching);
  await requests[0].answer({ body: false });
  assert.deepEqual(statuses(states), ["open", "reconnecting"]);
  assert.equal(states[1].cause.code, "end-of-stream");
});

test("the origin of events is that of the final URL", async (t) => {
  const { connect, requests } = network(t);
  const { source } = await connect(fetching);
  const origins = [];
  source.onAny(({ origin }) => origins.push(origin));
  await requests[0].answer({ url: "http://127.0.0.1:82/elsewhere" });
  await requests[0].chunk("data: 1\n\n");
  source.reconnect();
  await requests[1].answer({ url: "" });
  await requests[1].chunk("data: 1\n\n");
  assert.equal(origins[0], "http://127.0.0.1:82");
  assert.equal(origins.length, 2);
});

test("shouldRetry makes a fatal failure worth another attempt, and any other fatal", async (t) => {
  const { connect, requests, clock } = network(t);
  const asked = [];
  const shouldRetry = (failed) => {
    asked.push(failed);
    return failed.cause.status === 404;
  };
  const { states } = await connect({ transport: "fetch", retry: { ...retry, shouldRetry } });
  await requests[0].answer({ status: 404 });
  assert.equal(states[0].status, "reconnecting");
  await clock.advance(1000);
  await requests[1].answer({ status: 503, headers: { "retry-after": "1" } });
  assert.deepEqual([states[2].status, states[2].reason], ["closed", "fatal"]);
  assert.deepEqual(
    asked.map(({ attempt, retryable, cause }) => [attempt, retryable, cause.code, cause.status]),
    [
      [1, false, "status", 404],
      [2, true, "status", 503],
    ],
  );
  // The state's cause is what shouldRetry saw.
  assert.equal(states[2].cause, asked[1].cause);
  assert.equal(asked[1].cause.headers.get("retry-after"), "1");
});

test("what shouldRetry throws, and an answer that is none, are reported and count as none", async (t) => {
  const reported = reports(t);
  const { connect, requests } = network(t);
  const boom = new Error("from shouldRetry");
  const answers = ["yes", Promise.resolve(false), undefined];
  for (const [status, expected] of [
    [503, "reconnecting"],
    [404, "closed"],
    [503, "reconnecting"],
    [404, "closed"],
  ]) {
    const shouldRetry = () => {
      if (answers.length) return answers.shift();
      throw boom;
    };
    const { states } = await connect({ transport: "fetch", retry: { ...retry, shouldRetry } });
    await requests.at(-1).answer({ status });
    assert.equal(states[0].status, expected);
  }
  const message = '"shouldRetry()" must be true or false';
  assert.deepEqual(
    reported.map((error) => error.message),
    [message, message, message, "from shouldRetry"],
  );
});

for (const action of ["close", "reconnect"])
  test(`shouldRetry may call ${action}()`, async (t) => {
    const { connect, requests, clock } = network(t);
    const shouldRetry = () => {
      source[action]();
      return false;
    };
    const { source, states } = await connect({ transport: "fetch", retry: { ...retry, shouldRetry } });
    await requests[0].answer({ status: 503 });
    await clock.advance(5000);
    const expected = action === "close" ? ["closed"] : ["reconnecting", "connecting"];
    assert.deepEqual(statuses(states), expected);
    assert.equal(requests.length, action === "close" ? 1 : 2);
  });

test("shouldRetry has a word on an attempt that is not answered, and on the browser's own reconnection", async (t) => {
  const { connect, natives, requests, clock } = network(t);
  const asked = [];
  const shouldRetry = ({ cause }) => {
    asked.push(cause.code);
    return false;
  };
  const options = { retry: { ...retry, shouldRetry }, connectTimeoutMs: 500 };
  const silent = await connect({ ...options, transport: "fetch" });
  await clock.advance(500);
  const over = await connect({ ...options, transport: "eventsource", eventTypes: ["a"] });
  natives[0].open();
  natives[0].lose();
  for (const { states } of [silent, over])
    assert.deepEqual([states.at(-1).status, states.at(-1).reason], ["closed", "fatal"]);
  assert.deepEqual(asked, ["timeout", "network"]);
  assert.ok(requests[0].aborted);
  assert.equal(natives[0].readyState, 2);
});

test("a yes of shouldRetry leaves timeouts and the browser's own reconnection as they are", async (t) => {
  const { connect, natives, clock } = network(t);
  const shouldRetry = () => true;
  const native = { transport: "eventsource", eventTypes: ["a"] };
  const { states } = await connect({ ...native, retry: { shouldRetry }, connectTimeoutMs: 500 });
  natives[0].open();
  // With waits of one's own, the browser is not left to reconnect by itself.
  natives[0].lose();
  assert.deepEqual(statuses(states), ["open", "reconnecting"]);
  assert.equal(states[1].cause.code, "network");
  const silent = await connect({ retry: { ...retry, shouldRetry }, connectTimeoutMs: 500 });
  await clock.advance(500);
  assert.deepEqual(statuses(silent.states), ["reconnecting"]);
  assert.equal(silent.states[0].cause.code, "timeout");
});
