/** A page that slept: what it finds of its connections when it wakes up. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { network } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";
import { each, retry, statuses, url } from "./support/transports.mjs";

describe("sleep", () => {
  /** What makes a page wake up. */
  const wakes = {
    "the clock": async (_, clock) => {
      clock.sleep(5000);
      await clock.advance(250);
    },
    "the event resume": async (page, clock) => {
      clock.freeze(60_000);
      page.resume();
    },
  };

  for (const [by, wake] of Object.entries(wakes)) {
    each(`a silent stream is replaced within two seconds, by ${by}`, async (t, all) => {
      const { connect, clock, options, ...net } = all;
      const page = fakePage(t);
      const { states } = await connect(options, url);
      await net.open(0);
      await net.send(0, "7");
      await clock.advance(10_000);
      await wake(page, clock);
      // What waited in a queue proves nothing.
      await net.send(0, "8");
      await clock.advance(999);
      assert.deepEqual(statuses(states), ["open"]);
      await clock.advance(501);
      assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting"]);
      const { attempt, cause } = states[1];
      assert.deepEqual([attempt, cause.code], [1, "wake"]);
      assert.match(cause.message, /woke up/);
      assert.deepEqual(net.asked(), ["", "8"]);
      // What is opened from here on is not in doubt.
      await net.open(1);
      await clock.advance(1e6);
      assert.equal(states.at(-1).status, "open");
    });

    each(`a stream that speaks is kept, after ${by}`, async (t, { connect, clock, options, ...net }) => {
      const page = fakePage(t);
      const { states } = await connect(options, url);
      await net.open(0);
      await clock.advance(10_000);
      await wake(page, clock);
      await clock.advance(990);
      await net.send(0, "1");
      await clock.advance(1e6);
      assert.deepEqual(statuses(states), ["open"]);
    });

    each(`a stream found broken is replaced soon, after ${by}`, async (t, all) => {
      const { connect, clock, options, ...net } = all;
      const page = fakePage(t);
      const { states } = await connect({ ...options, retry: { ...retry, initialMs: 60_000 } }, url);
      await net.open(0);
      await wake(page, clock);
      await net.lose(0);
      assert.ok(states.at(-1).waitMs <= 500, `${states.at(-1).waitMs}`);
      await clock.advance(500);
      await net.open(1);
      await clock.advance(1e6);
      assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting", "open"]);
    });
  }

  each("who hears first of a loss and of the sleep decides what is told", async (t, all) => {
    const { connect, clock, options, ...net } = all;
    const page = fakePage(t);
    const told = async (n, ...happens) => {
      const { source, states } = await connect({ ...options, retry: { ...retry, initialMs: 60_000 } }, url);
      await net.open(n);
      for (const happen of happens) await happen(n);
      await clock.advance(1500);
      source.close();
      return states.map(({ status, cause }) => [status, cause?.code ?? ""].join(" ").trim());
    };
    const wake = async () => page.resume();
    // The wait that the loss began is cut short, which is a change of its own.
    assert.deepEqual(await told(0, net.lose, wake), [
      ...["open", "reconnecting network", "reconnecting wake", "connecting"],
      "closed",
    ]);
    // The wait that the loss begins is short already.
    assert.deepEqual(await told(2, wake, net.lose), [
      ...["open", "reconnecting network", "connecting"],
      "closed",
    ]);
    // Nobody hears of the loss: the stream does not show that it lives.
    assert.deepEqual(await told(4, wake), ["open", "reconnecting wake", "connecting", "closed"]);
  });

  each("a planned attempt is made soon", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t);
    await connect({ ...options, retry: { ...retry, initialMs: 60_000 } }, url);
    await net.open(0);
    await net.lose(0);
    page.resume();
    await clock.advance(500);
    assert.equal(net.asked().length, 2);
  });

  each("an attempt under way goes on", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t);
    const { states } = await connect(options, url);
    clock.freeze(20_000);
    page.resume();
    await net.open(0);
    await clock.advance(1e6);
    assert.deepEqual(statuses(states), ["open"]);
  });

  test("the browser is not left to reconnect in its own time", async (t) => {
    const { connect, natives, clock } = network(t);
    const page = fakePage(t);
    const { states } = await connect({ transport: "eventsource", eventTypes: ["a"] }, url);
    natives[0].open();
    page.resume();
    natives[0].lose();
    assert.ok(states.at(-1).waitMs <= 500);
    await clock.advance(500);
    assert.equal(natives.length, 2);
  });

  test("shouldRetry has a word on a silent stream", async (t) => {
    const { connect, requests, clock } = network(t);
    const page = fakePage(t);
    const shouldRetry = ({ retryable, cause }) => {
      assert.deepEqual([retryable, cause.code], [true, "wake"]);
      return false;
    };
    const { states } = await connect({ transport: "fetch", retry: { shouldRetry } }, url);
    await requests[0].answer();
    page.resume();
    await clock.advance(1000);
    assert.deepEqual([states.at(-1).reason, states.at(-1).cause.code], ["fatal", "wake"]);
  });

  each("late timers are no sleep", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t);
    const { states } = await connect(options, url);
    await net.open(0);
    const pass = async (ms) => {
      clock.sleep(ms - 250);
      await clock.advance(250);
    };
    await pass(4900);
    // Set back, by hand or by a time server.
    await pass(-1e7);
    page.hide();
    for (let n = 0; n < 10; n++) await pass(60_000);
    clock.sleep(60_000);
    page.show();
    await pass(4900);
    await clock.advance(1e5);
    assert.deepEqual(statuses(states), ["open"]);
    page.hide();
    clock.sleep(90_000);
    page.show();
    await clock.advance(1000);
    assert.equal(states.at(-1).cause.code, "wake");
  });

  each("what was not heard during sleep is no silence", async (t, { connect, clock, options, ...net }) => {
    fakePage(t);
    // Sooner than the clock is looked at.
    const { states } = await connect({ ...options, idleMs: 100 }, url);
    await net.open(0);
    clock.freeze(60_000);
    await clock.advance(500);
    await net.send(0, "1");
    await clock.advance(99);
    assert.deepEqual(statuses(states), ["open"]);
    await clock.advance(1000);
    assert.equal(states[1].cause.code, "idle");
  });
});
