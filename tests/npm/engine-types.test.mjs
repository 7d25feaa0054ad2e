/** What has to arrive: what the source itself listens to, and what its subscribers want. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngines } from "../../npm/modules/engine/engine.js";
import { createTypes } from "../../npm/modules/engine/types.js";
import { settings } from "../../npm/modules/options/settings.js";
import { network, url } from "./support/network.mjs";

const own = { eventTypes: ["a", "b"], heartbeatEvent: "beat", gapEvent: "gap" };

test("nothing that subscribers do takes away a type of the source's own", () => {
  const types = createTypes(own);
  assert.deepEqual([...types.heard()], ["a", "b", "beat", "gap"]);
  for (const type of ["a", "beat", "gap", "c", ""]) {
    types.want(type, true);
    assert.ok(types.isRead(type), type);
    types.want(type, false);
    assert.equal(types.isHeard(type), type !== "c" && type !== "", type);
    assert.equal(types.isRead(type), type === "gap", type);
  }
  assert.deepEqual([...types.heard()], ["a", "b", "beat", "gap"]);
});

test("all types are no type that could be listened to", () => {
  const types = createTypes({ eventTypes: [], heartbeatEvent: "", gapEvent: "" });
  types.want("", true);
  types.want("c", true);
  assert.deepEqual([[...types.heard()], types.isRead(""), types.isRead("d")], [["c"], true, false]);
});

/** Runs an engine, and gives what its host is called with. */
function engine(t, options) {
  const all = network(t);
  const seen = [];
  const host = {
    stats: { attempts: 0, opened: 0, replays: 0 },
    batch: ({ count, resumedFrom }) => count && seen.push(resumedFrom),
    event: (...event) => seen.push(event[4]),
    changed() {},
  };
  const set = settings({ retry: { initialMs: 100, maxMs: 0 }, ...options }, url);
  const it = createEngines(all.exports)(host, url, set);
  t.after(() => it.close());
  it.start();
  return { ...all, it, seen };
}

test("a batch says what its connection was resumed from", async (t) => {
  const { requests, clock, seen } = engine(t, { transport: "fetch", lastEventId: "1" });
  await requests[0].answer();
  await requests[0].chunk("id: 2\ndata\n\n");
  await requests[0].chunk("id: 3\ndata\n\n");
  await requests[0].end();
  await clock.advance(100);
  await requests[1].answer();
  await requests[1].chunk("id: 4\ndata\n\n");
  assert.deepEqual(seen, ["1", "1", "3"]);
});

test("an event says what its connection was resumed from, also when the browser reconnected by itself", (t) => {
  const options = { transport: "eventsource", eventTypes: ["a"], lastEventIdParam: false };
  const { natives, seen } = engine(t, options);
  natives[0].open();
  natives[0].send("a", "1", "1");
  natives[0].send("a", "1", "2");
  natives[0].lose();
  natives[0].open();
  natives[0].send("a", "1", "3");
  assert.deepEqual(seen, ["", "", "2"]);
});
