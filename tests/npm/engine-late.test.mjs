/** The engine over fetch: what comes too late, and what is left behind. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, settle } from "./support/network.mjs";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const statuses = (states) => states.map(({ status }) => status);
const fetching = { transport: "fetch", retry };

test("reconnect() resumes at once, and nothing of the old connection is heard", async (t) => {
  const { connect, requests, clock } = network(t);
  const { source, states } = await connect(fetching);
  const events = [];
  source.onAny(({ data }) => events.push(data));
  await requests[0].answer();
  await requests[0].chunk("id: 1\ndata: 1\n\n");
  // On its way already.
  const late = requests[0].chunk("id: 2\ndata: 2\n\n");
  source.reconnect();
  await late;
  await requests[0].break();
  assert.equal(requests.length, 2);
  assert.equal(requests[1].init.headers["last-event-id"], "1");
  await requests[1].answer();
  assert.deepEqual(events, [1]);
  assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting", "open"]);
  assert.equal(states[1].cause.code, "asked");
  assert.deepEqual([states[1].waitMs, states[1].attempt], [0, 1]);
  await clock.advance(1e6);
  assert.equal(requests.length, 2);
});

test("an answer that comes too late is not heard, nor is an end", async (t) => {
  const { connect, requests } = network(t);
  const { source, states } = await connect(fetching);
  const late = requests[0].answer({ status: 404 });
  source.reconnect();
  await late;
  assert.deepEqual(statuses(states), ["reconnecting", "connecting"]);
});

test("an end that meets a reconnect() halfway does not end the new connection", async (t) => {
  const { connect, requests } = network(t);
  for (let microtasks = 0; microtasks < 20; microtasks++) {
    const { source } = await connect(fetching);
    const [request] = requests.slice(-1);
    await request.answer();
    request.end();
    for (let n = 0; n < microtasks; n++) await undefined;
    source.reconnect();
    await settle();
    assert.equal(source.state.status, "connecting", `${microtasks}`);
    assert.deepEqual([request.aborted, requests.at(-1).aborted], [true, false]);
    source.close();
  }
});

test("after close() nothing is heard, and nothing is left", async (t) => {
  const { connect, requests, clock } = network(t);
  for (const stage of ["connecting", "open", "waiting"]) {
    const { source, states } = await connect(fetching);
    const events = [];
    source.onAny(({ data }) => events.push(data));
    const request = requests.at(-1);
    if (stage !== "connecting") await request.answer();
    if (stage === "waiting") await request.break();
    const count = requests.length;
    const late = stage === "connecting" ? request.answer() : request.chunk("data: 1\n\n");
    source.close();
    await late;
    await clock.advance(1e6);
    assert.deepEqual(events, []);
    assert.deepEqual([requests.length, request.aborted, clock.timers], [count, true, 0], stage);
    assert.equal(statuses(states).filter((status) => status === "closed").length, 1);
    assert.equal(statuses(states).at(-1), "closed");
  }
});

test("close() and reconnect() from any state's handler take effect", async (t) => {
  const { connect, requests, clock } = network(t);
  for (const action of ["close", "reconnect"])
    for (const at of ["open", "reconnecting", "connecting"]) {
      const { source, states } = await connect(fetching);
      let done = false;
      source.onState(({ status }) => {
        if (status !== at || done) return;
        done = true;
        source[action]();
      });
      const from = requests.length;
      await requests.at(-1).answer();
      if (requests.length === from && source.state.status !== "closed") await requests.at(-1).end();
      await clock.advance(1000);
      assert.ok(done);
      // Whatever was open before has been let go of.
      const alive = requests.slice(from - 1).filter((request) => !request.aborted);
      assert.equal(alive.length, action === "close" ? 0 : 1, `${action} at ${at}`);
      assert.equal(source.state.status, action === "close" ? "closed" : "connecting");
      assert.equal(new Set(states).size, states.length);
      source.close();
      assert.equal(clock.timers, 0);
    }
});

test("a handler that reconnects does not make the new connection suffer for the rest of the chunk", async (t) => {
  const { connect, requests } = network(t);
  const { source, states } = await connect({ ...fetching, eventLimit: 10 });
  const events = [];
  source.onAny(({ data }) => {
    events.push(data);
    if (data === 1) source.reconnect();
  });
  await requests[0].answer();
  await requests[0].chunk(`id: 7\ndata: 1\n\ndata: 2\n\ndata: ${"9".repeat(50)}\n\n`);
  assert.deepEqual(events, [1, 2]);
  assert.equal(requests[1].init.headers["last-event-id"], "7");
  await requests[1].answer();
  assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting", "open"]);
});

test("sources do not disturb each other", async (t) => {
  const { connect, requests } = network(t);
  const [one, two] = [await connect({ ...fetching, lastEventId: "one" }), await connect(fetching)];
  await requests[0].answer();
  one.source.close();
  const three = await connect(fetching);
  await requests[1].answer();
  await requests[2].answer();
  const events = [];
  for (const { source } of [one, two, three]) source.onAny(({ data }) => events.push(data));
  await requests[1].chunk("data: 2\n\nda");
  await requests[2].chunk("data: 3\n\n");
  await requests[1].chunk("ta: 22\n\n");
  one.source.close();
  await requests[2].chunk("data: 33\n\n");
  assert.deepEqual(events, [2, 3, 22, 33]);
});

test("opening and closing again and again does not let the memory grow", async (t) => {
  const { connect, requests, clock, exports } = network(t);
  const round = async () => {
    const { source } = await connect(fetching);
    const request = requests.pop();
    await request.answer();
    await request.chunk(`id: 1\ndata: ${"9".repeat(2000)}\n\n`);
    source.reconnect();
    await requests.pop().answer();
    source.close();
  };
  for (let n = 0; n < 20; n++) await round();
  const { byteLength } = exports.memory.buffer;
  for (let n = 0; n < 300; n++) await round();
  assert.equal(exports.memory.buffer.byteLength, byteLength);
  assert.equal(clock.timers, 0);
  await settle();
});
