/** A page that is loaded anew goes on where it was. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "./support/browser.mjs";

const events = 10_000;

browserSuite("persistence in a browser", (open) => {
  for (const transport of ["eventsource", "fetch"])
    test(`reloads in the middle of ${events} events lose and repeat none, over ${transport}`, async (t) => {
      const places = [1, 700, 2500, 6000];
      // Some come after each place, and never all: a page that is slow to reload would have none to wait for.
      const attempt = (place) => {
        const to = Math.min(place + 1000, events);
        return { steps: [{ events: { to, type: "tick", perWrite: 50, everyMs: 5 } }], end: "hold" };
      };
      const url = await scenario({ attempts: [...places, events].map(attempt) });
      const { page, uncaught } = await open(t);
      for (const place of [...places, events]) {
        await page.evaluate(read, { url, transport, place });
        if (place < events) await page.reload();
      }
      const seen = await page.evaluate(() => [...window.before, ...window.seen]);
      assert.deepEqual(
        seen,
        Array.from({ length: events }, (_, index) => index + 1),
      );
      const asked = (await attempts(url)).map(({ lastEventId, query }) =>
        Number(lastEventId ?? query.lastEventId ?? 0),
      );
      assert.equal(asked.length, places.length + 1);
      for (const [index, place] of places.entries()) {
        assert.ok(asked[index + 1] >= place, `after ${place} it goes on from ${asked[index + 1]}`);
        assert.ok(asked[index + 1] < events, "the reload was in the middle");
      }
      assert.deepEqual(uncaught, []);
    });

  test("after a crash, what was not processed comes again, and what was kept does not", async (t) => {
    const url = await scenario({
      attempts: [{ steps: [{ events: { to: 40, type: "tick", perWrite: 20 } }], end: "hold" }],
      afterwards: "repeat-last",
    });
    const { page } = await open(t);
    // The handler of the thirtieth event is never done with it.
    const kept = await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      const source = connect(url, { transport: "fetch", persist: { storage: localStorage, key: "ticks" } });
      await new Promise((resolve) => {
        source.on("tick", async ({ data }) => {
          if (data.n === 40) resolve();
          if (data.n === 30) await new Promise(() => {});
        });
      });
      while (!localStorage.getItem("ticks")?.endsWith(" 29"))
        await new Promise((done) => setTimeout(done, 10));
      return { ...source.cursor };
    }, url);
    assert.deepEqual(kept, { received: "40", processed: "29" });
    // Without the events that a page gets when it is left.
    const fresh = await page.context().newPage();
    await page.evaluate(() => localStorage.getItem("ticks"));
    await fresh.goto(page.url());
    await page.close({ runBeforeUnload: false });
    await fresh.evaluate(read, { url, transport: "fetch", place: 40 });
    assert.deepEqual(
      await fresh.evaluate(() => window.seen),
      Array.from({ length: 11 }, (_, index) => index + 30),
    );
  });
});

/** Reads until an event has come; runs in the page, which hands what it has seen to the next one. */
async function read({ url, transport, place }) {
  const { connect } = await import("/dist/index.js");
  window.before = JSON.parse(sessionStorage.getItem("seen") ?? "[]");
  window.seen = [];
  addEventListener("pagehide", () => {
    sessionStorage.setItem("seen", JSON.stringify([...window.before, ...window.seen]));
  });
  const source = connect(url, { transport, persist: { storage: localStorage, key: "ticks" } });
  await new Promise((resolve) => {
    source.on("tick", ({ data }) => {
      window.seen.push(data.n);
      if (data.n >= place) resolve();
    });
  });
}
