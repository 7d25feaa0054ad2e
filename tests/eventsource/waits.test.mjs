/** The drop-in class in a network and a time of the test's own: how long it waits, and for what. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSource } from "../../dist/eventsource.js";
import { network, settle, url } from "../npm/support/network.mjs";

/** Opens a source; resolves when its first request is made. */
async function opened(t) {
  const net = network(t);
  const source = new EventSource(url);
  t.after(() => source.close());
  const events = [];
  for (const type of ["open", "message", "error"])
    source.addEventListener(type, ({ data }) => events.push(`${data ?? type} ${source.readyState}`));
  // The wasm needs no timer of the test's.
  while (!net.requests.length) await settle();
  return { ...net, source, events };
}

test("the reconnection time is waited for as it is: nothing random is added, and nothing grows", async (t) => {
  const { requests, clock, events } = await opened(t);
  for (let lost = 1; lost <= 5; lost++) {
    await requests.at(-1).answer();
    await requests.at(-1).break();
    await clock.advance(2999);
    assert.equal(requests.length, lost);
    await clock.advance(1);
    assert.equal(requests.length, lost + 1);
  }
  assert.deepEqual(events, Array(5).fill(["open 1", "error 0"]).flat());
  await requests.at(-1).answer();
  await requests.at(-1).chunk("retry: 5\n\n");
  await requests.at(-1).end();
  await clock.advance(4);
  assert.equal(requests.length, 6);
  await clock.advance(1);
  assert.equal(requests.length, 7);
});

test("a reconnection time beyond what a timer can take is waited for, and never becomes none", async (t) => {
  const { requests, clock } = await opened(t);
  await requests[0].answer();
  const ms = 2 ** 31 + 5;
  await requests[0].chunk(`retry: ${ms}\n\n`);
  await requests[0].end();
  await clock.advance(ms - 1);
  assert.equal(requests.length, 1);
  await clock.advance(1);
  assert.equal(requests.length, 2);
  await requests[1].answer();
  await requests[1].chunk(`retry: ${"9".repeat(40)}\n\n`);
  await requests[1].end();
  // 30 days are the longest time that a server can ask for.
  await clock.advance(30 * 24 * 3600 * 1000 - 1);
  assert.equal(requests.length, 2);
  await clock.advance(1);
  assert.equal(requests.length, 3);
  assert.ok(Math.max(...clock.delays) < 2 ** 31);
});

test("an answer, and an event, may take for ever", async (t) => {
  const { requests, clock, source, events } = await opened(t);
  await clock.advance(24 * 3600 * 1000);
  assert.equal(source.readyState, 0);
  await requests[0].answer();
  await clock.advance(24 * 3600 * 1000);
  await requests[0].chunk("data: late\n\n");
  assert.deepEqual(events, ["open 1", "late 1"]);
  assert.equal(requests.length, 1);
});

test("`close()` ends the wait, the request and every timer", async (t) => {
  const { requests, clock, source, events } = await opened(t);
  await requests[0].answer();
  await requests[0].end();
  assert.equal(clock.timers, 1);
  source.close();
  assert.equal(clock.timers, 0);
  await clock.advance(10_000);
  assert.equal(requests.length, 1);
  const other = new EventSource(url);
  while (requests.length < 2) await settle();
  other.close();
  assert.ok(requests[1].aborted);
  assert.deepEqual([source.readyState, other.readyState], [2, 2]);
  assert.deepEqual(events, ["open 1", "error 0"]);
});

test("closed before the wasm is there, it never asks for anything", async (t) => {
  const { requests } = network(t);
  const closed = new EventSource(url);
  closed.onerror = closed.onopen = () => assert.fail("an event");
  closed.close();
  assert.equal(closed.readyState, 2);
  // One that is opened later gets the wasm no sooner.
  const other = new EventSource(url);
  while (!requests.length) await settle();
  await settle();
  assert.equal(requests.length, 1);
  other.close();
});
