/** An engine in a worker, which is told by the page what befalls that, maybe late: it has to see for itself that it slept. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngines } from "../../npm/modules/engine/engine.js";
import { settings } from "../../npm/modules/options/settings.js";
import { network, url } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";

/** An engine over the browser's EventSource that is lost, and waits for it to be back for 500 ms. */
function waiting(t) {
  const { exports, clock, natives } = network(t);
  fakePage(t, { isWorker: true });
  const states = [];
  const host = {
    stats: { attempts: 0, opened: 0 },
    changed: (state) => states.push([state.status, state.cause?.code ?? ""].join(" ").trim()),
  };
  const it = createEngines(exports)(
    host,
    url,
    settings({ transport: "eventsource", eventTypes: ["a"], connectTimeoutMs: 500 }, url),
  );
  t.after(() => it.close());
  it.start();
  natives[0].open();
  natives[0].lose();
  assert.deepEqual(states.splice(0), ["open", "reconnecting network"]);
  return { clock, states };
}

test("what was due while it slept is not told before that it slept", async (t) => {
  const { clock, states } = waiting(t);
  await clock.advance(400);
  clock.freeze(60_000);
  await clock.advance(0);
  assert.deepEqual(states.slice(0, 1), ["reconnecting wake"]);
  await clock.advance(500);
  assert.deepEqual(states.slice(0, 2), ["reconnecting wake", "connecting"]);
});

test("what is due in time is told as it is", async (t) => {
  const { clock, states } = waiting(t);
  await clock.advance(500);
  assert.deepEqual(states, ["reconnecting timeout"]);
});
