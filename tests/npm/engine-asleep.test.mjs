/** An engine that is told by others what befalls the page, maybe late: it has to see for itself that it slept. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { WAKE } from "../../npm/modules/engine/codes.js";
import { createEngines } from "../../npm/modules/engine/engine.js";
import { settings } from "../../npm/modules/options/settings.js";
import { network, url } from "./support/network.mjs";

/** An engine over the browser's EventSource that is lost, and waits for it to be back for 500 ms. */
function waiting(t) {
  const { exports, clock, natives } = network(t);
  const states = [];
  const late = [];
  const host = {
    stats: { attempts: 0, opened: 0 },
    changed: (state) => states.push([state.status, state.cause?.code ?? ""].join(" ").trim()),
  };
  let befalls;
  const watch = (watcher) => {
    befalls = watcher;
    return () => {};
  };
  const it = createEngines(exports, watch, (ms) => {
    late.push(ms);
    if (ms >= 5000) befalls(WAKE);
  })(host, url, settings({ transport: "eventsource", eventTypes: ["a"], connectTimeoutMs: 500 }, url));
  t.after(() => it.close());
  it.start();
  natives[0].open();
  natives[0].lose();
  assert.deepEqual(states.splice(0), ["open", "reconnecting network"]);
  return { clock, states, late };
}

test("what was due while it slept is not told before that it slept", async (t) => {
  const { clock, states, late } = waiting(t);
  await clock.advance(400);
  clock.freeze(60_000);
  await clock.advance(0);
  assert.deepEqual(late, [59_900]);
  await clock.advance(500);
  assert.deepEqual(states, ["reconnecting wake", "connecting"]);
});

test("what is due in time is told as it is", async (t) => {
  const { clock, states, late } = waiting(t);
  await clock.advance(500);
  assert.deepEqual(late, [0]);
  assert.deepEqual(states, ["reconnecting timeout"]);
});
