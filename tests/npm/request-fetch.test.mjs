/** A fetch of the application's own, with responses and streams that are real. */

import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { network, settle, url } from "./support/network.mjs";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const statuses = (states) => states.map(({ status }) => status);
const type = { "content-type": "text/event-stream" };

/** A response with a body that says whether it was cancelled; it does not know of any signal. */
function held(first, init = {}) {
  const body = {};
  const stream = new ReadableStream({
    start(controller) {
      body.push = (text) => controller.enqueue(new TextEncoder().encode(text));
      if (first) body.push(first);
    },
    cancel() {
      body.cancelled = true;
    },
  });
  body.response = new Response(stream, { headers: type, ...init });
  return body;
}

test("it gets the URL and the request, and its response is read", async (t) => {
  const { connect, requests } = network(t);
  const calls = [];
  const fetch = async function (...all) {
    calls.push([this, ...all]);
    return new Response("data: 1\n\n", { headers: { ...type, "x-a": "1" } });
  };
  const events = [];
  const { source, states } = await connect({
    fetch,
    until: ({ data }) => events.push(data) > 0,
    headers: { "x-a": "1" },
    method: "POST",
    body: "b",
    mode: "cors",
    redirect: "follow",
    withCredentials: true,
  });
  assert.equal(calls.length, 1);
  const [self, to, { headers, signal, ...init }] = calls[0];
  assert.deepEqual([self, to], [undefined, url]);
  assert.deepEqual(
    [...headers],
    [
      ["accept", "text/event-stream"],
      ["x-a", "1"],
    ],
  );
  assert.ok(signal instanceof AbortSignal);
  assert.deepEqual(init, {
    cache: "no-store",
    credentials: "include",
    method: "POST",
    body: "b",
    mode: "cors",
    redirect: "follow",
  });
  assert.deepEqual(events, ["1"]);
  assert.deepEqual(statuses(states), ["open", "closed"]);
  assert.deepEqual([states[0].httpStatus, states[0].headers.get("x-a")], [200, "1"]);
  assert.deepEqual([source.state.reason, requests.length], ["ended", 0]);
});

test("a refusal whose body it has read itself still tells its status", async (t) => {
  const { connect } = network(t);
  const { states } = await connect({
    fetch: async () => {
      const response = new Response("gone", { status: 410 });
      response.body.getReader();
      return response;
    },
  });
  assert.deepEqual([states[0].reason, states[0].cause.status, states[0].cause.bodyText], ["fatal", 410, ""]);
});

test("the global fetch is called as it is, and as it is by then", async (t) => {
  const { connect, requests } = network(t);
  const { source } = await connect({ headers: {} });
  const calls = [];
  const before = globalThis.fetch;
  globalThis.fetch = function (...all) {
    calls.push(this);
    return before(...all);
  };
  source.reconnect();
  await settle();
  assert.equal(requests.length, 2);
  // Browsers refuse to be called on another object.
  assert.ok(calls[0] === undefined || calls[0] === globalThis);
});

test("it does not run within a call of the application's, nor after close()", async (t) => {
  const { connect } = network(t);
  let calls = 0;
  const fetch = () => {
    calls++;
    return new Promise(() => {});
  };
  const { source } = await connect({ fetch });
  source.reconnect();
  assert.equal(calls, 1);
  await settle();
  assert.equal(calls, 2);
  source.reconnect();
  source.close();
  await settle();
  assert.equal(calls, 2);
});

const asked = new Error("not today");
for (const [name, answer, message] of [
  [
    "throws",
    () => {
      throw asked;
    },
    /: not today$/,
  ],
  ["rejects", () => Promise.reject(asked), /: not today$/],
  ["rejects with a text", (_, { cache }) => Promise.reject(`no ${cache}`), /: no no-store$/],
  ["gives nothing", () => undefined, /fetch gave no Response/],
  ["gives null", async () => null, /fetch gave no Response/],
  ["gives a text", async () => "data: 1\n\n", /fetch gave no Response/],
  ["gives an object that is no Response", async () => ({ body: 1 }), /fetch gave no Response/],
  ["gives a body that was read", () => read(), /./],
])
  test(`one that ${name} is a failed attempt with its message`, async (t) => {
    const { connect, clock } = network(t);
    const { states } = await connect({ retry: { ...retry, maxAttempts: 2 }, fetch: answer });
    await clock.advance(1000);
    await settle();
    const lost = states.filter(({ cause }) => cause);
    assert.deepEqual(
      lost.map(({ status, cause }) => [status, cause.code]),
      [
        ["reconnecting", "network"],
        ["closed", "network"],
      ],
    );
    for (const { cause } of lost) assert.match(cause.message, message);
    assert.deepEqual([states.at(-1).reason, clock.timers], ["attempts-exhausted", 0]);
  });

async function read() {
  const response = new Response("data: 1\n\n", { headers: type });
  await response.text();
  return response;
}

test("a response need not come as a promise, nor be of this realm's class", async (t) => {
  const { connect } = network(t);
  const { response, push } = held();
  const foreign = vm.runInNewContext(
    `new (class Response {
      get status() { return response.status }
      get headers() { return response.headers }
      get url() { return "" }
      get body() { return response.body }
    })()`,
    { response },
  );
  assert.ok(!(foreign instanceof Response));
  const { source, states } = await connect({ fetch: () => foreign });
  const events = [];
  source.on("message", ({ data }) => events.push(data));
  push("data: 1\n\n");
  await settle();
  assert.deepEqual([events, statuses(states)], [[1], ["open"]]);
});

/** What a fetch that does not look at its signal answers with, and what becomes of that. */
const deaf = { retry, connectTimeoutMs: 500 };

for (const action of ["close", "reconnect"])
  test(`what a fetch that ignores the signal has open is cancelled by ${action}()`, async (t) => {
    const { connect } = network(t);
    const bodies = [];
    const fetch = async () => {
      bodies.push(held("data: 1\n\n"));
      return bodies.at(-1).response;
    };
    const { source, states } = await connect({ ...deaf, fetch });
    const events = [];
    source.on("message", ({ data }) => events.push(data));
    assert.equal(states[0].status, "open");
    bodies[0].push("data: 2\n\n");
    source[action]();
    await settle();
    assert.equal(bodies[0].cancelled, true);
    assert.ok(!events.includes(2));
    assert.equal(bodies.length, action === "close" ? 1 : 2);
    source.close();
  });

test("what it answers too late is cancelled", async (t) => {
  const { connect, clock } = network(t);
  const answers = [];
  const fetch = () => new Promise((resolve) => answers.push(resolve));
  const { source, states } = await connect({ ...deaf, fetch });
  await clock.advance(500);
  assert.equal(states[0].cause.code, "timeout");
  const late = [held("data: 1\n\n"), held("data: 2\n\n", { status: 404 }), held("", { status: 401 })];
  answers[0](late[0].response);
  await settle();
  await clock.advance(1000);
  source.reconnect();
  await settle();
  source.close();
  answers[1](late[1].response);
  answers[2](late[2].response);
  await settle();
  assert.deepEqual(
    late.map(({ cancelled }) => cancelled),
    [true, true, true],
  );
  assert.deepEqual(statuses(states), ["reconnecting", "connecting", "reconnecting", "connecting", "closed"]);
  assert.equal(clock.timers, 0);
});

test("what it answers is cancelled whenever the source is closed", async (t) => {
  const { connect } = network(t);
  for (const refresh of [undefined, async () => {}])
    for (const status of [200, 401, 404])
      for (let microtasks = 0; microtasks < 30; microtasks++) {
        let give;
        const answer = new Promise((resolve) => {
          give = resolve;
        });
        const bodies = [];
        const fetch = async () => {
          bodies.push(held("data: 1\n\n", { status }));
          if (bodies.length === 1) await answer;
          return bodies.at(-1).response;
        };
        const { source } = await connect({ retry, fetch, refresh });
        give();
        for (let n = 0; n < microtasks; n++) await undefined;
        source.close();
        await settle();
        for (const { cancelled } of bodies) assert.ok(cancelled, `${status} after ${microtasks} microtasks`);
      }
});

test("what it answers is cancelled when a handler closes the source as it opens", async (t) => {
  const { connect } = network(t);
  const body = held("data: 1\n\n");
  let give;
  const fetch = () =>
    new Promise((resolve) => {
      give = resolve;
    });
  const { source, states } = await connect({ retry, fetch });
  source.onState(({ status }) => status === "open" && source.close());
  give(body.response);
  await settle();
  assert.deepEqual(statuses(states), ["open", "closed"]);
  assert.equal(body.cancelled, true);
});

test("a refusal of its own says what it says, and the rest is cancelled", async (t) => {
  const { connect, clock } = network(t);
  const body = held("no such order", { status: 404 });
  const { states } = await connect({ retry, fetch: async () => body.response });
  await clock.advance(1000);
  await settle();
  assert.deepEqual([states[0].cause.status, states[0].cause.bodyText], [404, "no such order"]);
  assert.equal(body.cancelled, true);
});

test("it may use the source", async (t) => {
  const { connect } = network(t);
  let calls = 0;
  const bodies = [];
  const fetch = async () => {
    calls++;
    if (calls === 2) source.reconnect();
    if (calls === 4) source.close();
    bodies.push(held());
    return bodies.at(-1).response;
  };
  const { source, states } = await connect({ retry, fetch });
  source.reconnect();
  await settle();
  assert.deepEqual([calls, source.state.status], [3, "open"]);
  source.reconnect();
  await settle();
  assert.equal(calls, 4);
  assert.deepEqual([states.at(-1).status, states.at(-1).reason], ["closed", "closed"]);
  for (const { cancelled } of bodies) assert.ok(cancelled);
});
