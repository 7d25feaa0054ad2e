/** What becomes of a connection that is not read because somebody is slow. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { chunkOf, held, take } from "./support/backpressure.mjs";
import { replace, settle } from "./support/network.mjs";

test("reconnect() while held: the new connection waits for room too", async (t) => {
  const { source, open, requests } = await held(t);
  const iterator = source.events("a");
  const old = await open();
  await old.chunk(chunkOf(2));
  await old.chunk(chunkOf(1, 3));
  source.reconnect();
  await settle();
  assert.equal(old.aborted, true);
  assert.equal(requests.length, 2);
  assert.equal(requests[1].init.headers["last-event-id"], "2");
  const request = await open();
  await request.chunk(chunkOf(1, 3));
  assert.equal(request.unread, 1);
  assert.equal(await take(iterator), 1);
  assert.equal(request.unread, 0);
  assert.deepEqual([await take(iterator), await take(iterator)], [2, 3]);
});

test("reconnect() while held gives nobody more time", async (t) => {
  const { source, open, clock } = await held(t, { holdMs: 50 });
  source.events("a");
  await (await open()).chunk(chunkOf(2));
  await clock.advance(30);
  source.reconnect();
  const request = await open();
  await request.chunk(chunkOf(1, 3));
  await clock.advance(19);
  assert.equal(request.unread, 1);
  await clock.advance(1);
  assert.equal(request.unread, 0);
});

test("a connection that is asked for while held may take no longer than any", async (t) => {
  const { source, open, states, clock } = await held(t, { connectTimeoutMs: 1000 });
  source.events("a");
  const request = await open();
  await request.chunk(chunkOf(2));
  source.reconnect();
  await clock.advance(1000);
  assert.equal(states.at(-1).status, "reconnecting");
  assert.equal(states.at(-1).cause.code, "timeout");
});

test("a handler that reconnects within the chunk that fills a queue does the same", async (t) => {
  const { source, open, states, clock } = await held(t, { connectTimeoutMs: 1000 });
  source.events("a");
  source.on("a", ({ data }) => data === 2 && source.reconnect());
  const request = await open();
  await request.chunk(chunkOf(2));
  await clock.advance(1000);
  assert.equal(states.at(-1).cause?.code, "timeout");
});

/** A page of the test's own, to which nothing happens by itself. */
function fakePage(t) {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { hidden: false });
  replace(t, {
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
    document,
  });
  return { page, document };
}

test("a page that comes back from the cache while it was held reconnects, and is not busy with waiting", async (t) => {
  const { page } = fakePage(t);
  const { source, open, states, clock, requests } = await held(t);
  source.events("a");
  const request = await open();
  await request.chunk(chunkOf(2));
  page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
  assert.equal(states.at(-1).status, "paused");
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  const before = clock.delays.length;
  await clock.advance(500);
  assert.equal(requests.length, 2);
  assert.ok(clock.delays.length - before < 5, "timers are not set again and again");
  source.close();
});

test("silence that is due to waiting is none; from then on it is", async (t) => {
  const { source, open, states, clock } = await held(t, { idleMs: 1000 });
  const iterator = source.events("a");
  const request = await open();
  await request.chunk(chunkOf(2));
  await clock.advance(10_500);
  assert.equal(states.at(-1).status, "open");
  await take(iterator);
  await clock.advance(999);
  assert.equal(states.at(-1).status, "open");
  await clock.advance(1);
  assert.equal(states.at(-1).status, "reconnecting");
  assert.equal(states.at(-1).cause.code, "idle");
});

test("a wake while held drops no connection that is only not read", async (t) => {
  const { document } = fakePage(t);
  const { source, open, states, clock } = await held(t);
  source.events("a");
  const request = await open();
  await request.chunk(chunkOf(2));
  document.dispatchEvent(new Event("resume"));
  await clock.advance(29_000);
  assert.deepEqual([states.at(-1).status, request.aborted], ["open", false]);
  source.close();
});

test("what is held back at the end of the stream is delivered before the stream ends", async (t) => {
  const { source, open, states } = await held(t);
  const iterator = source.events("a");
  const request = await open();
  await request.chunk(chunkOf(2));
  await request.chunk(chunkOf(1, 3));
  await request.end();
  assert.equal(states.at(-1).status, "open");
  assert.deepEqual([await take(iterator), await take(iterator), await take(iterator)], [1, 2, 3]);
  assert.equal(states.at(-1).cause.code, "end-of-stream");
});
