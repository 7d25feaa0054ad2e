/** The engine over the browser's EventSource, and the way from there to fetch. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, settle, url } from "./support/network.mjs";

const statuses = (states) => states.map(({ status }) => status);
const explicit = { transport: "eventsource", eventTypes: ["a"] };

test("one EventSource is opened, and listens to what is wanted", async (t) => {
  const { connect, natives } = network(t);
  const { source, states } = await connect({ withCredentials: true, eventTypes: ["a", "open"] });
  const [native] = natives;
  assert.deepEqual([native.url, native.withCredentials], [url, true]);
  assert.deepEqual(native.heard.slice(0, 2), ["open", "error"]);
  const sub = source.on("b", () => {});
  const error = source.on("error", () => {});
  assert.deepEqual([...new Set(native.heard)].sort(), ["a", "b", "error", "open"]);
  sub.unsubscribe();
  error.unsubscribe();
  assert.deepEqual([...new Set(native.heard)].sort(), ["a", "error", "open"]);
  native.open();
  assert.deepEqual(states, [{ status: "open", transport: "eventsource", resumedFrom: "" }]);
  source.close();
  assert.equal(native.readyState, 2);
});

test("the server's events `open` and `error` are events", async (t) => {
  const { connect, natives } = network(t);
  const { source, states } = await connect({});
  const events = [];
  for (const type of ["open", "error"])
    source.on(type, ({ type, data, lastEventId }) => events.push([type, data, lastEventId]));
  natives[0].open();
  natives[0].send("error", "1", "x");
  natives[0].send("open", "2", "x");
  assert.deepEqual(events, [
    ["error", 1, "x"],
    ["open", 2, "x"],
  ]);
  assert.deepEqual(statuses(states), ["open"]);
});

test("while the browser reconnects by itself it is left alone", async (t) => {
  const { connect, natives, requests } = network(t);
  const { source, states } = await connect({ eventTypes: ["a"] });
  natives[0].open();
  natives[0].send("a", "1", "7");
  natives[0].lose();
  const { cause, ...reconnecting } = states[1];
  assert.deepEqual(reconnecting, { status: "reconnecting", attempt: 2, waitMs: null });
  assert.equal(cause.code, "network");
  assert.match(cause.message, /hides why/);
  natives[0].open();
  assert.deepEqual(states[2], { status: "open", transport: "eventsource", resumedFrom: "7" });
  assert.deepEqual([natives.length, requests.length], [1, 0]);
  source.close();
});

test("what the browser gives up on goes over fetch, which sees why", async (t) => {
  const { connect, natives, requests, clock } = network(t);
  const { states } = await connect({ eventTypes: ["a"] });
  natives[0].open();
  natives[0].send("a", "1", "7");
  natives[0].giveUp();
  assert.deepEqual([states[1].status, states[1].cause.code], ["reconnecting", "refused"]);
  await clock.advance(5000);
  assert.equal(natives.length, 1);
  assert.equal(requests[0].init.headers["last-event-id"], "7");
  await requests[0].answer({ status: 204, type: "" });
  assert.deepEqual(states.at(-1), { status: "closed", reason: "no-content" });
});

test("a second loss within stableMs goes over fetch", async (t) => {
  const { connect, natives, requests, clock } = network(t);
  await connect({});
  natives[0].open();
  natives[0].lose();
  natives[0].open();
  natives[0].lose();
  await clock.advance(5000);
  assert.deepEqual([natives.length, natives[0].readyState, requests.length], [1, 2, 1]);
});

test("an explicit EventSource that gives up again and again is refused", async (t) => {
  const { connect, natives, requests, clock } = network(t);
  const { states } = await connect({ ...explicit, retry: { initialMs: 1, maxMs: 0 } });
  for (let n = 0; n < 6; n++) {
    natives[n].giveUp();
    await clock.advance(100);
  }
  const { reason, cause } = states.at(-1);
  assert.deepEqual([reason, cause.code], ["refused", "refused"]);
  assert.deepEqual([natives.length, requests.length, clock.timers], [6, 0, 0]);
});

test("reconnect() resumes from the newest id, in the query", async (t) => {
  const { connect, natives } = network(t);
  const { source, states } = await connect({ ...explicit, lastEventId: "1" });
  assert.equal(natives[0].url, `${url}?lastEventId=1`);
  natives[0].open();
  natives[0].send("a", "1", "7");
  source.reconnect();
  assert.equal(natives[1].url, `${url}?lastEventId=7`);
  natives[1].open();
  assert.equal(states.at(-1).resumedFrom, "7");
});

test("on a resumed EventSource the id carries over to events without one", async (t) => {
  const { connect, natives } = network(t);
  const { source } = await connect({ ...explicit, lastEventId: "5" });
  const ids = [];
  source.on("a", ({ lastEventId }) => ids.push(lastEventId));
  natives[0].open();
  natives[0].send("a", "1");
  source.reconnect();
  assert.equal(natives[1].url, `${url}?lastEventId=5`);
  natives[1].open();
  natives[1].send("a", "2");
  natives[1].send("a", "3", "6");
  // The server took it back.
  natives[1].send("a", "4", "");
  assert.deepEqual(ids, ["5", "5", "6", ""]);
  source.reconnect();
  assert.equal(natives[2].url, url);
});

test("nothing of an EventSource that was let go of is heard", async (t) => {
  const { connect, natives } = network(t);
  const { source, states } = await connect(explicit);
  const events = [];
  source.on("a", ({ data }) => events.push(data));
  natives[0].open();
  source.reconnect();
  assert.equal(natives[0].readyState, 2);
  natives[0].open();
  natives[0].send("a", "1", "9");
  natives[0].lose();
  natives[0].giveUp();
  natives[1].open();
  natives[1].send("a", "2");
  assert.deepEqual(events, [2]);
  assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting", "open"]);
  source.close();
  natives[1].send("a", "3");
  natives[1].giveUp();
  assert.deepEqual(events, [2]);
  assert.equal(states.length, 5);
});

test("an EventSource that does not answer in time makes way for fetch", async (t) => {
  const { connect, natives, requests, clock } = network(t);
  const { states } = await connect({ connectTimeoutMs: 500 });
  await clock.advance(500);
  assert.equal(states[0].cause.code, "timeout");
  await clock.advance(states[0].waitMs + 1);
  assert.deepEqual([natives[0].readyState, requests.length], [2, 1]);
});

test("under auto, waits of one's own and an id to resume from take fetch at once", async (t) => {
  const { connect, natives, requests } = network(t);
  await connect({ retry: { initialMs: 100 } });
  await connect({ lastEventId: "7" });
  assert.equal(natives.length, 0);
  assert.deepEqual(
    requests.map(({ init }) => init.headers["last-event-id"]),
    [undefined, "7"],
  );
});

test("an EventSource that cannot be made is a failed attempt", async (t) => {
  const { connect, clock, natives } = network(t);
  const Working = globalThis.EventSource;
  globalThis.EventSource = class {
    constructor() {
      throw new Error("not allowed");
    }
  };
  const { source, states } = await connect({ ...explicit, retry: { initialMs: 100, maxMs: 0 } });
  assert.equal(states[0].cause.message, "the connection failed: not allowed");
  globalThis.EventSource = Working;
  await clock.advance(100);
  natives[0].open();
  assert.equal(states.at(-1).status, "open");
  source.close();
  await settle();
});

test("wildcard takes fetch under auto", async (t) => {
  const { connect, natives, requests } = network(t);
  await connect({ wildcard: true });
  assert.deepEqual([natives.length, requests.length], [0, 1]);
});
