/** Many events a second in a real browser: they come in few wake-ups, and not late. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { browserSuite } from "./support/browser.mjs";
import { inSomeRound } from "./support/rounds.mjs";

/** So much later than it could an event may come, for what timers and tasks cost, in milliseconds. */
const slackMs = 15;

/** A server that sends so many events a second, each with the time of its sending, until the test ends. */
async function ticking(t, perSecond) {
  const timers = new Set();
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "access-control-allow-origin": "*" });
    response.flushHeaders();
    response.socket.setNoDelay(true);
    let sent = 0;
    const begin = performance.now();
    const timer = setInterval(() => {
      for (; sent < ((performance.now() - begin) * perSecond) / 1000; sent++)
        response.write(`event: tick\ndata: ${performance.timeOrigin + performance.now()}\n\n`);
    }, 1);
    timers.add(timer);
    response.on("close", () => clearInterval(timer));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const timer of timers) clearInterval(timer);
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

/** For so many events: how many a task of the page's brought, and how late each was. */
const follow = (page, url, options, count) =>
  page.evaluate(
    async ([url, options, count]) => {
      const { connect } = await import("/dist/index.js");
      const source = connect(url, { transport: "fetch", ...options });
      const late = [];
      let wakes = 0;
      let isAwake = false;
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        isAwake = false;
      };
      const begin = performance.now();
      await new Promise((resolve) => {
        source.on("tick", ({ data }) => {
          if (!isAwake) {
            wakes++;
            isAwake = true;
            channel.port2.postMessage(0);
          }
          if (late.push(performance.timeOrigin + performance.now() - data) === count) resolve();
        });
      });
      const seconds = (performance.now() - begin) / 1000;
      source.close();
      channel.port1.close();
      late.sort((a, b) => a - b);
      return { perSecond: wakes / seconds, first: late[0], middle: late[count >> 1] };
    },
    [url, options, count],
  );

browserSuite("pace in a browser", (open) => {
  test("2,000 events/s come in few wake-ups, and in the middle less than an interval late", async (t) => {
    const url = await ticking(t, 2000);
    const { page, uncaught } = await open(t);
    for (const [delivery, most, interval] of [
      ["auto", 45, 32],
      ["frame", 65, 32],
      [{ everyMs: 100 }, 12, 100],
    ])
      await inSomeRound(t, async () => {
        const immediate = await follow(page, url, { delivery: "immediate" }, 3000);
        const { perSecond, middle } = await follow(page, url, { delivery }, 3000);
        const name = JSON.stringify(delivery);
        t.diagnostic(`${name}: ${perSecond} wake-ups/s, ${middle} ms; immediate: ${immediate.perSecond}`);
        assert.ok(perSecond <= most, `${name}: ${perSecond} wake-ups a second`);
        assert.ok(perSecond * 2 < immediate.perSecond, `immediate: ${immediate.perSecond} a second`);
        assert.ok(middle - immediate.middle <= interval + slackMs, `${name}: ${middle} ms late`);
      });
    assert.deepEqual(uncaught, []);
  });

  test("50 events/s are not kept waiting", async (t) => {
    const url = await ticking(t, 50);
    const { page } = await open(t);
    await inSomeRound(t, async () => {
      const immediate = await follow(page, url, { delivery: "immediate" }, 50);
      const { middle, perSecond } = await follow(page, url, {}, 50);
      assert.ok(middle - immediate.middle <= slackMs, `${middle} ms late, ${immediate.middle} at once`);
      assert.ok(perSecond > 33, `${perSecond} wake-ups a second`);
    });
  });

  test("frame, over the browser's EventSource: at most one wake-up a frame", async (t) => {
    const url = await ticking(t, 2000);
    const { page } = await open(t);
    const options = { transport: "eventsource", delivery: "frame" };
    await inSomeRound(t, async () => {
      const { perSecond } = await follow(page, url, options, 3000);
      assert.ok(perSecond <= 65, `${perSecond} wake-ups a second`);
    });
  });

  test("a page that does not draw gets its events all the same", async (t) => {
    const url = await ticking(t, 1000);
    const { page } = await open(t);
    await page.evaluate(() => {
      // As in a frame that is out of sight.
      window.requestAnimationFrame = () => 1;
    });
    for (const transport of ["fetch", "eventsource"])
      await inSomeRound(t, async () => {
        const { perSecond } = await follow(page, url, { transport, delivery: "frame" }, 500);
        assert.ok(perSecond > 10 && perSecond <= 40, `over ${transport}: ${perSecond} wake-ups a second`);
      });
  });
});
