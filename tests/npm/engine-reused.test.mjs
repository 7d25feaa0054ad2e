/** A known id that comes again with other content, right after a resume: the host is told. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngines } from "../../npm/modules/engine/engine.js";
import { settings } from "../../npm/modules/options/settings.js";
import { network, url } from "./support/network.mjs";

/** Runs an engine, and gives what its host is called with. */
function engine(t, options) {
  const all = network(t);
  const seen = [];
  const host = {
    stats: { attempts: 0, opened: 0, replays: 0, reused: 0 },
    batch: ({ count }) => seen.push(count),
    event: (_, data) => seen.push(data),
    reused: (id) => seen.push(`reused ${id}`),
    changed() {},
  };
  const set = settings({ retry: { initialMs: 100, maxMs: 0 }, ...options }, url);
  const it = createEngines(all.exports)(host, url, set);
  t.after(() => it.close());
  it.start();
  const next = async () => {
    await all.requests.at(-1).end();
    await all.clock.advance(1000);
    await all.requests.at(-1).answer();
    return all.requests.at(-1);
  };
  return { ...all, host, seen, next };
}

const event = (id, data) => `id: ${id}\ndata: ${data}\n\n`;

test("it is told and counted once for each connection, before its event", async (t) => {
  const { requests, next, seen, host } = engine(t, { transport: "fetch" });
  await requests[0].answer();
  await requests[0].chunk(event("é1", "a") + event(2, "b"));
  const second = await next();
  await second.chunk(event("é1", "other") + event(2, "other"));
  await second.chunk(event(2, "more"));
  await (await next()).chunk(event(2, "another"));
  assert.deepEqual(seen, [2, "reused é1", 2, 1, "reused 2", 1]);
  assert.equal(host.stats.reused, 2);
});

test("a replay, and what is new, is none", async (t) => {
  const { requests, next, seen, host } = engine(t, { transport: "fetch" });
  await requests[0].answer();
  await requests[0].chunk(event(1, "a") + event(2, "b"));
  await (await next()).chunk(event(1, "a") + event(2, "b") + event(3, "c"));
  assert.deepEqual([seen, host.stats.reused, host.stats.replays], [[2, 1], 0, 2]);
});

test("over EventSource it is told too, where replays are dropped", (t) => {
  const options = { transport: "eventsource", eventTypes: ["a"], dropReplays: true, lastEventIdParam: false };
  const { natives, seen, host } = engine(t, options);
  natives[0].open();
  natives[0].send("a", "1", "1");
  natives[0].send("a", "2", "2");
  natives[0].lose();
  natives[0].open();
  natives[0].send("a", "other", "2");
  assert.deepEqual(seen, ["1", "2", "reused 2", "other"]);
  assert.equal(host.stats.reused, 1);
});

test("the newest event of EventSource is a replay when fetch takes over and gets it again", async (t) => {
  for (const [data, expected] of [
    ["b", ["a", "b", 1]],
    ["revised", ["a", "b", "reused 2", 2]],
  ]) {
    const { natives, requests, clock, seen } = engine(t, { eventTypes: ["x"], retry: undefined });
    natives[0].open();
    natives[0].send("x", "a", "1");
    natives[0].send("x", "b", "2");
    natives[0].giveUp();
    await clock.advance(3000);
    await requests[0].answer();
    await requests[0].chunk(`event: x\n${event(2, data)}${event(3, "c")}`);
    assert.deepEqual(seen, expected);
  }
});
