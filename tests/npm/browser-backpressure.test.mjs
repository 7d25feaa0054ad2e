/** A reader that is slow holds the server back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "./support/browser.mjs";
import { inSomeRound } from "./support/rounds.mjs";

/** More than any socket keeps, be its buffers as large as some systems let them grow. */
const endless = {
  attempts: [
    { steps: [{ events: { to: 100_000_000, type: "tick", bytes: 1000, perWrite: 20 } }], end: "hold" },
  ],
};

/** How many events the server has written, once it writes no more. */
async function blocked(url) {
  for (let before = -1; ; ) {
    const [{ sentEvents }] = await attempts(url, ([first]) => first?.sentEvents > 0);
    if (sentEvents === before) return sentEvents;
    before = sentEvents;
    await new Promise((done) => setTimeout(done, 1000));
  }
}

browserSuite("backpressure in a browser", (open) => {
  test("the server's writes block while a reader takes nothing, and nothing is lost", async (t) => {
    const url = await scenario(endless);
    const { page, uncaught } = await open(t);
    await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      window.source = connect(url, {
        idleMs: 500,
        buffer: { limitBytes: 110_000, overflow: "backpressure" },
      });
      window.stream = window.source.events("tick");
      window.states = [];
      window.source.onState(({ status }) => window.states.push(status));
    }, url);
    const sent = await blocked(url);
    t.diagnostic(`the server was held back after ${sent} events`);
    const { received } = await page.evaluate(() => window.source.cursor);
    // A hundred events reach the limit. The rest of the chunk with the hundredth comes, too.
    assert.ok(Number(received) >= 100 && Number(received) < 5000, `${received} were received`);

    const beyond = sent + 1000;
    const { wrong, states, stats } = await page.evaluate(async (beyond) => {
      let next = 1;
      let wrong = 0;
      for await (const { data } of window.stream) {
        if (data.n !== next++) wrong++;
        if (data.n === beyond) break;
      }
      return { wrong, states: window.states, stats: window.source.stats };
    }, beyond);
    assert.equal(wrong, 0);
    assert.deepEqual(states, ["open"], "silence that nobody listened to is no silence");
    assert.deepEqual([stats.attempts, stats.dropped], [1, 0]);
    assert.deepEqual(uncaught, []);
  });

  test("a reader that never comes holds the others back for holdMs, not for ever", async (t) => {
    const events = 5000;
    // In many chunks: one is queued whole, however large it is.
    const steps = [{ events: { to: events, type: "tick", perWrite: 20, everyMs: 1 } }];
    const { page } = await open(t);
    const read = async (url) =>
      page.evaluate(
        async ([url, events]) => {
          const { connect } = await import("/dist/index.js");
          const source = connect(url, {
            buffer: { limitBytes: 12_000, overflow: "backpressure", holdMs: 1000 },
          });
          const never = source.events("tick");
          let seen = 0;
          let heldMs = 0;
          let last = performance.now();
          for await (const { data } of source.events("tick")) {
            heldMs = Math.max(heldMs, performance.now() - last);
            last = performance.now();
            seen++;
            if (data.n === events) break;
          }
          // The newest events are dropped when the reader has had its turn.
          while (never.dropped < events - 500) await new Promise((done) => setTimeout(done, 10));
          const { dropped } = never;
          source.close();
          return { seen, heldMs, dropped };
        },
        [url, events],
      );
    await inSomeRound(t, async () => {
      const { seen, heldMs, dropped } = await read(await scenario({ attempts: [{ steps, end: "hold" }] }));
      assert.equal(seen, events);
      // So many fit into the limit.
      const kept = events - dropped;
      assert.ok(kept >= 90 && kept < 500, `${kept} were kept`);
      assert.ok(heldMs >= 900, `it waited ${heldMs} ms for the other one`);
    });
  });

  test("handlers that answer with promises hold the server back too", async (t) => {
    const url = await scenario(endless);
    const { page } = await open(t);
    await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      window.source = connect(url, { buffer: { limitBytes: 110_000, overflow: "backpressure" } });
      window.going = new Promise((resolve) => {
        window.go = resolve;
      });
      window.source.on("tick", () => window.going);
    }, url);
    const sent = await blocked(url);
    const { received, processed } = await page.evaluate(() => window.source.cursor);
    assert.ok(Number(received) < 5000, `${received} were received`);
    assert.equal(processed, "");
    await page.evaluate(() => window.go());
    await attempts(url, ([{ sentEvents }]) => sentEvents > sent);
    await page.evaluate(async (received) => {
      while (Number(window.source.cursor.processed) <= received)
        await new Promise((done) => setTimeout(done, 10));
    }, Number(received));
  });
});
