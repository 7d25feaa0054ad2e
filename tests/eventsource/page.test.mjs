/** What befalls the page: to the standard's class only the back/forward cache matters. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSource } from "../../dist/eventsource.js";
import { network, settle } from "../npm/support/network.mjs";
import { fakePage } from "../npm/support/page.mjs";

// Not on this machine by its name: what is does not need the network.
const url = "https://example.com/stream";

test("a network that goes, a page out of sight and sleep do not matter", async (t) => {
  const { requests, clock } = network(t);
  const page = fakePage(t, { hidden: true });
  const source = new EventSource(url);
  t.after(() => source.close());
  const events = [];
  for (const type of ["open", "error"]) source.addEventListener(type, () => events.push(type));
  while (!requests.length) await settle();
  await requests[0].answer();
  page.offline();
  page.show();
  page.hide();
  clock.sleep(1e6);
  await clock.advance(5000);
  page.resume();
  await clock.advance(1e6);
  assert.deepEqual(events, ["open"]);
  await requests[0].break();
  await clock.advance(2999);
  page.resume();
  assert.equal(requests.length, 1);
  await clock.advance(1);
  assert.equal(requests.length, 2);
  await requests[1].answer();
  assert.deepEqual(events, ["open", "error", "open"]);
  // For the back/forward cache; no timer is set.
  assert.deepEqual([page.listeners, clock.timers], [1, 0]);
  source.close();
  assert.equal(page.listeners, 0);
});
