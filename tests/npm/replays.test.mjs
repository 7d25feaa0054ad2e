/** Events that come a second time after a resume, with the real engine. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network } from "./support/network.mjs";

const fetched = { transport: "fetch", retry: { initialMs: 100, maxMs: 0 } };
const explicit = { transport: "eventsource", eventTypes: ["a"] };

/** An event for each id; `undefined` for one without an id of its own. */
const chunkOf = (...ids) =>
  ids.map((id) => `event: a\n${id === undefined ? "" : `id: ${id}\n`}data: "${id}"\n\n`).join("");

async function replaying(t, options) {
  const net = network(t);
  const { source, states } = await net.connect(options);
  t.after(() => source.close());
  const data = [];
  source.on("a", (event) => data.push(event.data));
  const told = [];
  source.onError(({ code }) => told.push(code));
  /** The data of what has come since this was called last. */
  const got = () => data.splice(0);
  /** A new connection over fetch, which has broken if there was one. */
  const next = async (headers) => {
    const { length } = net.requests;
    await net.requests.at(-1)?.end();
    await net.clock.advance(100);
    assert.equal(net.requests.length, length + 1);
    await net.requests.at(-1).answer({ headers });
    return net.requests.at(-1);
  };
  return { ...net, source, states, got, told, next };
}

/** Over fetch, with the first connection open. */
async function overFetch(t, options) {
  const all = await replaying(t, { ...fetched, ...options });
  await all.requests[0].answer();
  return { ...all, first: all.requests[0] };
}

/** Over the browser's EventSource, likewise. */
async function overNative(t, options) {
  const all = await replaying(t, { ...explicit, ...options });
  const native = all.natives[0];
  native.open();
  const send = (...ids) => {
    for (const id of ids) native.send("a", `"${id}"`, id);
  };
  return { ...all, native, send };
}

for (const dropReplays of [undefined, true])
  test(`over fetch what was seen is dropped after a resume, dropReplays ${dropReplays}`, async (t) => {
    const { first, next, got, source } = await overFetch(t, { dropReplays });
    await first.chunk(chunkOf("1", "2", "3"));
    assert.deepEqual(got(), ["1", "2", "3"]);
    const second = await next();
    await second.chunk(chunkOf("2", "3", "4", "5"));
    assert.deepEqual(got(), ["4", "5"]);
    assert.equal(source.stats.replays, 2);
    assert.equal(source.stats.events, 5);
  });

test("over fetch dropReplays false drops nothing", async (t) => {
  const { first, next, got, source } = await overFetch(t, { dropReplays: false });
  await first.chunk(chunkOf("1", "2"));
  await (await next()).chunk(chunkOf("1", "2", "3"));
  assert.deepEqual(got(), ["1", "2", "1", "2", "3"]);
  assert.deepEqual([source.stats.replays, source.stats.events], [0, 5]);
});

test("the answer to another request than a GET is new each time, and nothing of it is a replay", async (t) => {
  const post = { method: "POST", idempotent: true, retry: { ...fetched.retry, shouldRetry: () => true } };
  for (const [dropReplays, expected] of [
    [undefined, ["1", "2", "1", "2", "3"]],
    [true, ["1", "2", "3"]],
  ]) {
    const { first, requests, clock, got } = await overFetch(t, { ...post, dropReplays });
    await first.chunk(chunkOf("1", "2"));
    await first.break(new TypeError("cut"));
    await clock.advance(100);
    await requests.at(-1).answer();
    await requests.at(-1).chunk(chunkOf("1", "2", "3"));
    assert.deepEqual(got(), expected, `dropReplays ${dropReplays}`);
  }
});

test("the first unseen id ends the run, whatever comes after it", async (t) => {
  const { first, next, got } = await overFetch(t);
  await first.chunk(chunkOf("1", "2"));
  await (await next()).chunk(chunkOf("1", "3", "2", "1"));
  assert.deepEqual(got(), ["1", "2", "3", "2", "1"]);
});

test("without a resume nothing is a replay: within a connection, and after one without an id", async (t) => {
  const { first, next, got } = await overFetch(t);
  await first.chunk(chunkOf("1", "1"));
  await first.chunk("id\n\n");
  await (await next()).chunk(chunkOf("1"));
  assert.deepEqual(got(), ["1", "1", "1"]);
});

test("events without an id of their own are never dropped", async (t) => {
  const { first, next, got, source } = await overFetch(t);
  await first.chunk(chunkOf("1", undefined));
  await (await next()).chunk(chunkOf("1", undefined, undefined, "2"));
  assert.deepEqual(got(), ["1", "undefined", "undefined", "undefined", "2"]);
  assert.equal(source.stats.replays, 1);
});

test("a run goes on from chunk to chunk", async (t) => {
  const { first, next, got } = await overFetch(t);
  await first.chunk(chunkOf("1", "2", "3"));
  const second = await next();
  for (const id of ["1", "2", "3", "4"]) await second.chunk(chunkOf(id));
  assert.deepEqual(got(), ["1", "2", "3", "4"]);
});

test("a run that is cut begins again with the next connection", async (t) => {
  const { first, next, got, source } = await overFetch(t);
  await first.chunk(chunkOf("1", "2", "3"));
  await (await next()).chunk(chunkOf("1", "2"));
  await (await next()).chunk(chunkOf("2", "3", "4"));
  assert.deepEqual(got(), ["1", "2", "3", "4"]);
  assert.equal(source.stats.replays, 4);
});

test("every resume begins a run", async (t) => {
  const { first, next, got, source } = await overFetch(t);
  await first.chunk(chunkOf("1"));
  for (const id of ["2", "3", "4"]) await (await next()).chunk(chunkOf("1", id));
  assert.deepEqual(got(), ["1", "2", "3", "4"]);
  assert.equal(source.stats.replays, 3);
});

test("an id that a source begins with says nothing of its event, which is delivered", async (t) => {
  const { first, got, source } = await overFetch(t, { lastEventId: "7" });
  await first.chunk(chunkOf("7", "8", "7"));
  assert.deepEqual(got(), ["7", "8", "7"]);
  assert.equal(source.stats.replays, 0);
});

/** An event with this id and other data than `chunkOf` gives. */
const other = (id, data) => `event: a\nid: ${id}\ndata: "${data}"\n\n`;

test("the newest event ends the run when it has come again", async (t) => {
  const { first, next, got } = await overFetch(t);
  await first.chunk(chunkOf("1", "2", "3"));
  await (await next()).chunk(chunkOf("2", "3", "2"));
  assert.deepEqual(got(), ["1", "2", "3", "2"]);
});

test("a server that gives every event the same id is heard after a resume", async (t) => {
  const { first, next, got, source } = await overFetch(t);
  for (let i = 0; i < 5; i++) await first.chunk(other("1", `before ${i}`));
  const second = await next();
  for (let i = 0; i < 1000; i++) await second.chunk(other("1", `after ${i}`));
  assert.deepEqual([got().length, source.stats.replays], [1005, 0]);
});

test("a server that restarts and counts from 1 loses nothing, and the cursor goes with it", async (t) => {
  const { first, next, got, source } = await overFetch(t);
  for (let i = 1; i <= 50; i++) await first.chunk(other(i, `old ${i}`));
  const second = await next();
  await second.chunk(Array.from({ length: 40 }, (_, i) => other(i + 1, `new ${i + 1}`)).join(""));
  assert.equal(got().filter((data) => data.startsWith("new")).length, 40);
  assert.deepEqual(source.cursor, { received: "40", processed: "40" });
});

test("a revision with the same id comes through after the cut, and is a replay after the next", async (t) => {
  const { first, next, got, source } = await overFetch(t);
  await first.chunk(other("7", "one"));
  await (await next()).chunk(other("7", "two"));
  await (await next()).chunk(other("7", "one") + other("7", "two"));
  assert.deepEqual(got(), ["one", "two"]);
  assert.equal(source.stats.replays, 2);
});

test("an event that goes on with the id of an earlier chunk has that id, whoever wants it", async (t) => {
  const { first, next, source } = await overFetch(t);
  const ids = [];
  source.on("a", ({ lastEventId }) => {
    ids.push(lastEventId);
    source.on("late", ({ lastEventId }) => ids.push(`late ${lastEventId}`));
  });
  await first.chunk(chunkOf("1"));
  await first.chunk(`${chunkOf(undefined)}event: late\ndata: 1\n\n`);
  await first.chunk("id: 2\n\n");
  await first.chunk(chunkOf(undefined));
  assert.deepEqual(ids.slice(0, 2), ["1", "1"]);
  assert.deepEqual(new Set(ids), new Set(["1", "late 1", "2"]));
  await (await next()).chunk(chunkOf(undefined));
  assert.equal(ids.at(-1), "2");
  assert.deepEqual(source.cursor, { received: "2", processed: "2" });
});

test("over EventSource a replay has the same data too", async (t) => {
  const { native, send, got, source } = await overNative(t, { dropReplays: true });
  send("1", "2");
  native.lose();
  native.open();
  native.send("a", '"revised"', "1");
  assert.deepEqual(got(), ["1", "2", "revised"]);
  assert.equal(source.stats.replays, 0);
});

test("while only replays have come the cursor stays where it was", async (t) => {
  const { first, next, source } = await overFetch(t);
  await first.chunk(chunkOf("1", "2", "3"));
  const second = await next();
  await second.chunk(chunkOf("1", "2"));
  assert.deepEqual(source.cursor, { received: "3", processed: "3" });
  await second.chunk(chunkOf("3"));
  assert.deepEqual(source.cursor, { received: "3", processed: "3" });
  await second.chunk(chunkOf("4"));
  assert.deepEqual(source.cursor, { received: "4", processed: "4" });
});

test("an event without an id among replays does not take the cursor back", async (t) => {
  const { first, next, source, got } = await overFetch(t);
  await first.chunk(chunkOf("1", "2"));
  await (await next()).chunk(chunkOf("1", undefined));
  assert.equal(got().length, 3);
  assert.deepEqual(source.cursor, { received: "2", processed: "2" });
});

test("replays reach no reader and no until", async (t) => {
  const asked = [];
  const until = ({ lastEventId }) => {
    asked.push(lastEventId);
    return false;
  };
  const { first, next, source } = await overFetch(t, { until });
  const reader = source.events();
  await first.chunk(chunkOf("1"));
  await (await next()).chunk(chunkOf("1", "2"));
  const ids = [(await reader.next()).value.lastEventId, (await reader.next()).value.lastEventId];
  assert.deepEqual(
    [ids, asked],
    [
      ["1", "2"],
      ["1", "2"],
    ],
  );
});

test("each source remembers for itself", async (t) => {
  const { first, next, got, connect, requests } = await overFetch(t);
  await first.chunk(chunkOf("1"));
  await (await next()).chunk(chunkOf("2"));
  const { source } = await connect({ transport: "fetch", lastEventId: "0" });
  const others = [];
  source.on("a", ({ data }) => others.push(data));
  await requests.at(-1).answer();
  await requests.at(-1).chunk(chunkOf("1", "2"));
  source.close();
  assert.deepEqual(
    [got(), others],
    [
      ["1", "2"],
      ["1", "2"],
    ],
  );
});

for (const dropReplays of [undefined, false])
  test(`over EventSource nothing is dropped unless asked for, dropReplays ${dropReplays}`, async (t) => {
    const { native, send, got, source } = await overNative(t, { dropReplays });
    send("1", "2");
    native.lose();
    native.open();
    send("1", "2", "3");
    assert.deepEqual(got(), ["1", "2", "1", "2", "3"]);
    assert.deepEqual([source.stats.replays, source.stats.events], [0, 5]);
  });

test("over EventSource replays are dropped when the browser has reconnected by itself", async (t) => {
  const { native, natives, send, got, source } = await overNative(t, { dropReplays: true });
  send("1", "2", "3");
  native.lose();
  native.open();
  send("2", "3", "4", "2");
  assert.deepEqual(got(), ["1", "2", "3", "4", "2"]);
  assert.deepEqual([source.stats.replays, source.stats.events], [2, 5]);
  assert.equal(natives.length, 1);
});

test("over EventSource replays are dropped over a new one too, and the cursor stays", async (t) => {
  const { natives, send, got, source } = await overNative(t, { dropReplays: true });
  send("1", "2", "3");
  source.reconnect();
  natives[1].open();
  natives[1].send("a", '"2"', "2");
  assert.deepEqual(source.cursor, { received: "3", processed: "3" });
  natives[1].send("a", '"4"', "4");
  assert.deepEqual(got(), ["1", "2", "3", "4"]);
  assert.deepEqual(source.cursor, { received: "4", processed: "4" });
});

test("over EventSource an event without any id is delivered", async (t) => {
  const { native, send, got } = await overNative(t, { dropReplays: true });
  send("1");
  native.lose();
  native.open();
  send("", "1", "2");
  assert.deepEqual(got(), ["1", "", "2"]);
});

test("what EventSource has brought is known when fetch takes over", async (t) => {
  const { natives, requests, clock, got, source } = await replaying(t, {
    dropReplays: true,
    eventTypes: ["a"],
  });
  natives[0].open();
  for (const id of ["1", "2", "3"]) natives[0].send("a", `"${id}"`, id);
  natives[0].giveUp();
  await clock.advance(5000);
  await requests[0].answer();
  await requests[0].chunk(chunkOf("2", "3", "4"));
  assert.deepEqual(got(), ["1", "2", "3", "4"]);
  assert.equal(source.stats.replays, 2);
});

test("the event that fetch takes over with is known by default", async (t) => {
  const { natives, requests, clock, got, source } = await replaying(t, { eventTypes: ["a"] });
  natives[0].open();
  natives[0].send("a", '"3"', "3");
  natives[0].giveUp();
  await clock.advance(5000);
  await requests[0].answer();
  await requests[0].chunk(chunkOf("3", "4"));
  assert.deepEqual(got(), ["3", "4"]);
  assert.equal(source.stats.replays, 1);
});

test("connections are counted: tried, and become a stream", async (t) => {
  const { source, requests, clock } = await replaying(t, fetched);
  assert.deepEqual([source.stats.attempts, source.stats.opened], [1, 0]);
  await requests[0].break();
  await clock.advance(100);
  await requests[1].answer({ status: 503 });
  await clock.advance(100);
  assert.deepEqual([source.stats.attempts, source.stats.opened], [3, 0]);
  await requests[2].answer();
  assert.deepEqual([source.stats.attempts, source.stats.opened], [3, 1]);
});

test("a stream that the browser has reestablished is one more, although nobody has tried", async (t) => {
  const { native, source } = await overNative(t);
  native.lose();
  native.open();
  assert.deepEqual([source.stats.attempts, source.stats.opened], [1, 2]);
});

test("heartbeats are counted, and so are events that nobody wants", async (t) => {
  const { first, source } = await overFetch(t, { heartbeatEvent: "beat" });
  await first.chunk("event: beat\ndata\n\nevent: unknown\ndata\n\n");
  const counted = { attempts: 1, opened: 1, events: 2, dropped: 0, replays: 0, gaps: 0, reused: 0 };
  assert.deepEqual(source.stats, { ...counted, engine: "page" });
});

test("what was counted is a snapshot, and stays after close()", async (t) => {
  const { first, source } = await overFetch(t);
  const before = source.stats;
  await first.chunk(chunkOf("1"));
  assert.equal(before.events, 0);
  source.close();
  assert.equal(source.stats.events, 1);
});

test("a known id with other data is delivered, counted, and told once for each connection", async (t) => {
  const { first, next, got, told, source } = await overFetch(t);
  const events = (what, ...ids) => ids.map((id) => `event: a\nid: ${id}\ndata: "${what} ${id}"\n\n`).join("");
  await first.chunk(events("old", 1, 2, 3));
  const second = await next();
  // The server counts anew.
  await second.chunk(events("new", 1, 2, 3, 4));
  assert.deepEqual(got(), ["old 1", "old 2", "old 3", "new 1", "new 2", "new 3", "new 4"]);
  assert.deepEqual([told, source.stats.reused], [["id-reused"], 1]);
  const third = await next();
  await third.chunk(events("newer", 4, 5));
  assert.deepEqual(got(), ["newer 4", "newer 5"]);
  assert.deepEqual([told, source.stats.reused, source.stats.replays], [["id-reused", "id-reused"], 2, 0]);
});
