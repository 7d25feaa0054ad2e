/** Headers that are asked for before each attempt, and new credentials after a 401. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { reports } from "./support/fake-engine.mjs";
import { network, settle } from "./support/network.mjs";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const statuses = (states) => states.map(({ status }) => status);
const token = ({ init }) => init.headers.get("authorization");

/** Counts how often it is asked, and gives the number as a token. */
function numbered() {
  const asked = [];
  const headers = async (attempt) => {
    asked.push(attempt);
    return { authorization: `${asked.length}` };
  };
  return { asked, headers };
}

/** A refresh that succeeds or fails when the test says so. */
function gated() {
  const calls = [];
  const refresh = () =>
    new Promise((resolve, reject) => {
      calls.push({
        succeed: () => settle(resolve()),
        fail: (error) => settle(reject(error)),
      });
    });
  return { calls, refresh };
}

/** Answers with a 401 that says why. */
async function unauthorized(request) {
  await request.answer({ status: 401, body: true, headers: { "www-authenticate": "Bearer" } });
  await request.chunk("expired");
  await request.end();
}

test("headers are asked for before each attempt, and told about it", async (t) => {
  const { connect, requests, clock } = network(t);
  const { asked, headers } = numbered();
  const { source } = await connect({ retry, headers, lastEventId: "5" });
  await requests[0].answer({ status: 503 });
  await clock.advance(1000);
  await requests[1].answer();
  await requests[1].chunk("id: 7\ndata: 1\n\n");
  await requests[1].end();
  await clock.advance(1000);
  source.reconnect();
  await settle();
  assert.deepEqual(requests.map(token), ["1", "2", "3", "4"]);
  assert.deepEqual(
    asked.map(({ attempt, lastEventId, cause }) => [attempt, lastEventId, cause?.code, cause?.status]),
    [
      [1, "5", undefined, undefined],
      [2, "5", "status", 503],
      [3, "7", "end-of-stream", undefined],
      [1, "7", "asked", undefined],
    ],
  );
  assert.deepEqual(Object.keys(asked[0]), ["attempt", "lastEventId", "cause"]);
});

test("they are not asked for within a call of the application's", async (t) => {
  const { connect, requests } = network(t);
  const { asked, headers } = numbered();
  const { source } = await connect({ headers });
  source.reconnect();
  assert.equal(asked.length, 1);
  await settle();
  assert.equal(asked.length, 2);
  source.reconnect();
  source.close();
  await settle();
  assert.deepEqual([asked.length, requests.length], [2, 2]);
});

const boom = new Error("no token today");
for (const [name, answer, message] of [
  ["throw", () => assert.fail(boom), /no token today/],
  ["reject", () => Promise.reject(boom), /no token today/],
  ["reject with no error", () => Promise.reject("nobody is logged in"), /: nobody is logged in$/],
  ["give Last-Event-ID", () => ({ "Last-Event-ID": "1" }), /option lastEventId/],
  ["give CR and LF", async () => ({ x: "a\r\nb: c" }), /./],
  ["give NUL", () => [["x", "\0"]], /./],
  ["give a name of two words", () => ({ "x y": "1" }), /./],
  ["give what is no Latin-1", () => ({ x: "→" }), /./],
  ["give a text", () => "x: 1", /./],
])
  test(`headers() that ${name} are a failed attempt, and nothing is sent`, async (t) => {
    const { connect, requests, clock } = network(t);
    let asked = 0;
    const headers = () => (++asked < 3 ? answer() : { x: "1" });
    const { states } = await connect({ retry, headers });
    await clock.advance(1000);
    assert.deepEqual([asked, requests.length], [2, 0]);
    await clock.advance(1000);
    await requests[0].answer();
    const lost = states.filter(({ status }) => status === "reconnecting");
    assert.deepEqual(
      lost.map(({ cause }) => cause.code),
      ["network", "network"],
    );
    for (const { cause } of lost) assert.match(cause.message, message);
    assert.deepEqual([asked, requests.length], [3, 1]);
    if (name === "reject") assert.equal(lost[0].cause.cause, boom);
  });

test("for a request that must not be repeated, headers() that throw are the end", async (t) => {
  const { connect, requests } = network(t);
  const { states } = await connect({ method: "POST", headers: () => Promise.reject(boom) });
  assert.deepEqual([states[0].status, states[0].reason, states[0].cause.cause], ["closed", "fatal", boom]);
  assert.equal(requests.length, 0);
});

test("the connect timeout covers the wait for headers", async (t) => {
  const { connect, requests, clock } = network(t);
  const answers = [];
  const headers = () => new Promise((resolve) => answers.push(resolve));
  const { states } = await connect({ retry: { ...retry, maxAttempts: 1 }, headers, connectTimeoutMs: 20 });
  await clock.advance(20);
  assert.deepEqual([states[0].reason, states[0].cause.code], ["attempts-exhausted", "timeout"]);
  answers[0]({});
  await settle();
  assert.deepEqual([requests.length, clock.timers], [0, 0]);
});

test("a source that is closed or reconnects while headers are awaited does not send the old request", async (t) => {
  const { connect, requests, clock } = network(t);
  const answers = [];
  const headers = () => new Promise((resolve) => answers.push(resolve));
  const { source, states } = await connect({ headers });
  source.reconnect();
  await settle();
  answers[0]({ authorization: "old" });
  await settle();
  assert.deepEqual([answers.length, requests.length], [2, 0]);
  answers[1]({ authorization: "new" });
  await settle();
  assert.deepEqual(requests.map(token), ["new"]);
  source.reconnect();
  await settle();
  source.close();
  answers[2]({});
  await clock.advance(1e6);
  assert.deepEqual([answers.length, requests.length, clock.timers], [3, 1, 0]);
  assert.equal(states.at(-1).reason, "closed");
});

test("headers() and refresh() may use the source", async (t) => {
  const { connect, requests } = network(t);
  let asked = 0;
  const headers = () => {
    if (++asked === 2) source.reconnect();
    return { authorization: `${asked}` };
  };
  const refresh = async () => source.close();
  const { source, states } = await connect({ headers, refresh });
  source.reconnect();
  await settle();
  // The second one was given up before it was sent.
  assert.deepEqual([asked, requests.map(token)], [3, ["1", "3"]]);
  await unauthorized(requests[1]);
  assert.deepEqual([requests.length, states.at(-1).reason], [2, "closed"]);
});

test("after a 401 credentials are refreshed once for all who share the function", async (t) => {
  const { connect, requests } = network(t);
  const { calls, refresh } = gated();
  const judged = [];
  const shouldRetry = (failed) => judged.push(failed) > 0;
  const streams = [];
  for (let n = 0; n < 3; n++) {
    const { asked, headers } = numbered();
    streams.push({ asked, ...(await connect({ retry: { ...retry, shouldRetry }, headers, refresh })) });
  }
  for (const request of [...requests]) await unauthorized(request);
  assert.deepEqual([calls.length, requests.length], [1, 3]);
  await calls[0].succeed();
  assert.deepEqual(requests.map(token), ["1", "1", "1", "2", "2", "2"]);
  for (const request of requests.slice(3)) await request.answer();
  for (const { asked, states } of streams) {
    // It is one attempt.
    assert.deepEqual(statuses(states), ["open"]);
    assert.deepEqual(
      [asked.length, asked[0].attempt, asked[0].cause, asked[1].attempt],
      [2, 1, undefined, 1],
    );
    const { code, status, bodyText, headers, message } = asked[1].cause;
    assert.deepEqual([code, status, bodyText], ["status", 401, "expired"]);
    assert.equal(headers.get("www-authenticate"), "Bearer");
    assert.match(message, /status 401$/);
  }
  // Nobody is asked about a 401 that was made good.
  assert.deepEqual([calls.length, judged], [1, []]);
});

test("a 401 to a request whose headers were asked before the refresh succeeded starts no other", async (t) => {
  const { connect, requests } = network(t);
  const { calls, refresh } = gated();
  const early = await connect({ refresh });
  const before = await connect({ refresh });
  await unauthorized(requests[0]);
  const meanwhile = await connect({ refresh });
  await calls[0].succeed();
  const after = await connect({ refresh });
  assert.equal(requests.length, 5);
  await requests[3].answer();
  // Both sent their request with what was replaced since: they need only ask again.
  await unauthorized(requests[1]);
  await unauthorized(requests[2]);
  assert.deepEqual([calls.length, requests.length], [1, 7]);
  await requests[5].answer();
  await requests[6].answer();
  for (const { states } of [early, before, meanwhile]) assert.deepEqual(statuses(states), ["open"]);
  // This one had the new ones.
  await unauthorized(requests[4]);
  assert.deepEqual([calls.length, requests.length, after.states], [2, 7, []]);
});

test("a second 401 is fatal, and shouldRetry is asked about that one", async (t) => {
  const { connect, requests, clock } = network(t);
  const { calls, refresh } = gated();
  const judged = [];
  const shouldRetry = ({ attempt, retryable, cause }) => {
    judged.push([attempt, retryable, cause.status, cause.bodyText]);
    return false;
  };
  const { states } = await connect({ retry: { ...retry, shouldRetry }, refresh });
  await unauthorized(requests[0]);
  await calls[0].succeed();
  await unauthorized(requests[1]);
  await clock.advance(1e6);
  assert.deepEqual(statuses(states), ["closed"]);
  const { reason, cause } = states[0];
  assert.deepEqual([reason, cause.status, cause.bodyText], ["fatal", 401, "expired"]);
  assert.deepEqual(judged, [[1, false, 401, "expired"]]);
  assert.deepEqual([calls.length, requests.length, clock.timers], [1, 2, 0]);
});

test("without a refresh a 401 is fatal", async (t) => {
  const { connect, requests } = network(t);
  const { states } = await connect({ headers: {} });
  await unauthorized(requests[0]);
  assert.deepEqual([states[0].reason, states[0].cause.bodyText, requests.length], ["fatal", "expired", 1]);
});

test("nothing but a 401 is refreshed", async (t) => {
  const { connect, requests } = network(t);
  const { calls, refresh } = gated();
  for (const status of [400, 403, 404, 407, 500, 503]) {
    const { states } = await connect({ retry, refresh });
    await requests.at(-1).answer({ status });
    assert.equal(states[0].cause.status, status);
  }
  assert.deepEqual([calls.length, requests.length], [0, 6]);
});

test("a source that is closed while the body of a 401 is read starts no refresh", async (t) => {
  const { connect, requests, clock } = network(t);
  const { calls, refresh } = gated();
  const { source } = await connect({ refresh });
  await requests[0].answer({ status: 401, body: true });
  source.close();
  await clock.advance(1000);
  assert.deepEqual([calls.length, requests.length, clock.timers], [0, 1, 0]);
});

test("the rest of the body of a 401 is let go of before the request is repeated", async (t) => {
  const { connect, requests, clock } = network(t);
  const { calls, refresh } = gated();
  const { states } = await connect({ refresh });
  await requests[0].answer({ status: 401, body: true });
  await requests[0].chunk("x".repeat(3000));
  assert.deepEqual([calls.length, requests[0].cancelled, requests[0].aborted], [1, true, false]);
  await calls[0].succeed();
  await clock.advance(1000);
  await requests[1].answer();
  assert.deepEqual(statuses(states), ["open"]);
});

test("a refresh that fails is reported once, and the 401 is fatal for each who waited", async (t) => {
  const { connect, requests } = network(t);
  const reported = reports(t);
  const { calls, refresh } = gated();
  const streams = [await connect({ refresh }), await connect({ refresh })];
  for (const request of [...requests]) await unauthorized(request);
  await calls[0].fail(boom);
  for (const { states } of streams) {
    assert.deepEqual(statuses(states), ["closed"]);
    const { reason, cause } = states[0];
    assert.deepEqual([reason, cause.code, cause.status, cause.bodyText], ["fatal", "status", 401, "expired"]);
  }
  assert.deepEqual([reported, calls.length, requests.length], [[boom], 1, 2]);
  // It may do better for the next one.
  const { states } = await connect({ refresh });
  await unauthorized(requests[2]);
  await calls[1].succeed();
  await requests[3].answer();
  assert.deepEqual(statuses(states), ["open"]);
});

test("a refresh that throws instead of giving a promise has failed, and may do better the next time", async (t) => {
  const { connect, requests } = network(t);
  const reported = reports(t);
  let calls = 0;
  const refresh = () => {
    if (++calls === 1) throw boom;
  };
  const first = await connect({ refresh });
  await unauthorized(requests[0]);
  assert.deepEqual([first.states[0].reason, reported], ["fatal", [boom]]);
  const second = await connect({ refresh });
  await unauthorized(requests[1]);
  assert.deepEqual([calls, requests.length], [2, 3]);
  await requests[2].answer();
  assert.deepEqual(statuses(second.states), ["open"]);
});

test("another attempt may refresh again, and a request that is no GET goes through it as well", async (t) => {
  const { connect, requests, clock } = network(t);
  let calls = 0;
  const refresh = async () => ++calls;
  const { states } = await connect({ retry, refresh, method: "POST", body: "ask" });
  await unauthorized(requests[0]);
  await requests[1].answer();
  await requests[1].end();
  assert.deepEqual([calls, states.at(-1).reason], [1, "ended"]);
  assert.deepEqual(
    requests.splice(0).map(({ init }) => [init.method, init.body]),
    Array(2).fill(["POST", "ask"]),
  );
  await connect({ retry, refresh });
  for (const expected of [2, 3]) {
    await unauthorized(requests.at(-1));
    await requests.at(-1).answer();
    await requests.at(-1).end();
    await clock.advance(1000);
    assert.equal(calls, expected);
  }
});

test("a refresh goes on when nobody waits for it, and serves who comes then", async (t) => {
  const { connect, requests, clock } = network(t);
  const { calls, refresh } = gated();
  const first = await connect({ refresh });
  await unauthorized(requests[0]);
  first.source.close();
  await settle();
  assert.equal(clock.timers, 0);
  const second = await connect({ refresh });
  await unauthorized(requests[1]);
  assert.equal(calls.length, 1);
  await calls[0].succeed();
  // The one that was closed sends nothing more.
  assert.equal(requests.length, 3);
  await requests[2].answer();
  assert.deepEqual([statuses(first.states), statuses(second.states)], [["closed"], ["open"]]);
});

test("the connect timeout covers a refresh, and the next attempt waits for the same one", async (t) => {
  const { connect, requests, clock } = network(t);
  const { calls, refresh } = gated();
  const { states } = await connect({ retry, refresh, connectTimeoutMs: 500 });
  await unauthorized(requests[0]);
  await clock.advance(500);
  assert.deepEqual([states[0].status, states[0].cause.code], ["reconnecting", "timeout"]);
  await clock.advance(1000);
  await unauthorized(requests[1]);
  await calls[0].succeed();
  assert.deepEqual([calls.length, requests.length], [1, 3]);
  await requests[2].answer();
  assert.equal(states.at(-1).status, "open");
});

test("sources that do not share the function refresh on their own", async (t) => {
  const { connect, requests } = network(t);
  const [one, two] = [gated(), gated()];
  for (const { refresh } of [one, two]) await connect({ refresh });
  await unauthorized(requests[0]);
  await unauthorized(requests[1]);
  assert.deepEqual([one.calls.length, two.calls.length], [1, 1]);
  await one.calls[0].succeed();
  assert.equal(requests.length, 3);
});
