/** A page that was busy, and not asleep: what it reads proves its streams alive, however late its timers are. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";

const url = "https://example.com/stream";
const retry = { initialMs: 1000, maxMs: 0 };

/** A stream of each transport that has been open for a while. */
const each = (name, define) => {
  for (const transport of ["fetch", "eventsource"])
    test(`${name}: ${transport}`, async (t) => {
      const { connect, clock, requests, natives } = network(t);
      const page = fakePage(t);
      const open = async (options) => {
        const common = { transport, retry, eventTypes: ["a"], heartbeatEvent: "beat" };
        const { source, states } = await connect({ ...common, ...options }, url);
        const isFetch = transport === "fetch";
        await (isFetch ? requests[0].answer() : natives[0].open());
        const speak = async () =>
          isFetch ? requests[0].chunk("event: a\ndata: 1\n\n") : natives[0].send("a", "1");
        await clock.advance(10_000);
        return { source, states, speak };
      };
      await define({ clock, page, open });
    });
};
const told = (states) => states.map(({ status, cause }) => [status, cause?.code ?? ""].join(" ").trim());

each("what came while it was busy proves the stream alive, if the timers go off first", async (all) => {
  const { states, speak } = await all.open();
  all.clock.freeze(6000);
  await all.clock.advance(0);
  await speak();
  await all.clock.advance(1e5);
  assert.deepEqual(told(states), ["open"]);
});

each("so it does if it is read before the timers go off", async (all) => {
  const { states, speak } = await all.open();
  all.clock.freeze(6000);
  await speak();
  await all.clock.advance(1e5);
  assert.deepEqual(told(states), ["open"]);
});

each("while it reads it is not asleep, although no timer goes off", async (all) => {
  const { states, speak } = await all.open();
  for (let n = 0; n < 20; n++) {
    all.clock.freeze(1000);
    await speak();
  }
  await all.clock.advance(1e5);
  assert.deepEqual(told(states), ["open"]);
});

each("silence that it was too busy to hear the end of is none", async (all) => {
  const { states, speak, source } = await all.open({ idleMs: 20_000 });
  await speak();
  await all.clock.advance(18_000);
  all.clock.freeze(6000);
  await all.clock.advance(0);
  await speak();
  await all.clock.advance(19_000);
  assert.deepEqual(told(states), ["open"]);
  source.close();
});

each(
  "a stream that says nothing after that may be dead, since some systems' clocks go on asleep",
  async (all) => {
    const { states } = await all.open();
    all.clock.freeze(6000);
    await all.clock.advance(2000);
    assert.deepEqual(told(states), ["open", "reconnecting wake", "connecting"]);
  },
);

for (const isReadFirst of [false, true])
  each(`what waited through a sleep proves nothing, ${isReadFirst ? "read" : "told"} first`, async (all) => {
    const { states, speak } = await all.open();
    all.clock.sleep(6000);
    if (!isReadFirst) await all.clock.advance(250);
    await speak();
    await all.clock.advance(2000);
    assert.deepEqual(told(states), ["open", "reconnecting wake", "connecting"]);
  });
