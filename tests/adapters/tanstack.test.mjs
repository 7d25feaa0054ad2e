/** What a query does that fetches for as long as its stream lasts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario, server } from "../npm/support/browser.mjs";
import { app } from "./support/bundle.mjs";
import { withApp } from "./support/page.mjs";

const tick = (n) => `event: tick\ndata: {"n":${n}}\n\n`;

browserSuite("TanStack Query", (open) => {
  const started = async (t) => {
    const all = await withApp(open, t, await app(t, "tanstack"));
    await all.start();
    return all;
  };

  test("fetching again, also on focus, resets nothing and keeps the connection", async (t) => {
    const all = await started(t);
    const url = await scenario({
      attempts: [{ steps: [{ send: tick(1) }, "waitForRelease", { send: tick(2) }], end: "hold" }],
    });
    await all.do("show", url);
    await all.shows({ state: "open", value: 1 });
    await all.page.evaluate(() => dispatchEvent(new Event("visibilitychange")));
    await all.do("refetch");
    await all.shows({ state: "open", value: 1, latest: 1 });
    await fetch(`${server}${url}/release`, { method: "POST" });
    await all.shows({ value: 2, latest: 2 });
    assert.deepEqual(
      (await attempts(url)).map(({ clientLeft }) => clientLeft),
      [false],
    );
  });

  test("a failure after the first events is the query's error, beside the data that came", async (t) => {
    const all = await started(t);
    const url = await scenario({
      attempts: [{ steps: [{ send: tick(1) }, "waitForRelease"], end: "close" }, { status: 404 }],
    });
    await all.do("show", url);
    await all.shows({ state: "open", value: 1 });
    await fetch(`${server}${url}/release`, { method: "POST" });
    await all.shows({ state: "closed", error: "status", value: 1 });
  });

  test("fetching again opens a stream that a failure has closed", async (t) => {
    const all = await started(t);
    const url = await scenario({
      attempts: [{ status: 404 }, { steps: [{ send: tick(1) }], end: "hold" }],
    });
    await all.do("show", url);
    await all.shows({ state: "closed", error: "status" });
    await all.do("refetch");
    await all.shows({ state: "open", error: null, value: 1 });
    assert.equal((await attempts(url)).length, 2);
  });

  test("a query that nobody observes has no stream, and what it had is not shown again", async (t) => {
    const all = await started(t);
    const url = await scenario({
      attempts: [
        { steps: [{ send: tick(1) }], end: "hold" },
        { steps: ["waitForRelease", { send: tick(5) }], end: "hold" },
      ],
    });
    await all.do("show", url);
    await all.shows({ state: "open", value: 1, latest: 1 });
    await all.do("show", undefined);
    await attempts(url, ([{ clientLeft }]) => clientLeft);
    await all.page.evaluate(() => {
      globalThis.seen = [];
      const note = () => globalThis.seen.push(document.querySelector("#view")?.textContent ?? "{}");
      const everything = { subtree: true, childList: true, characterData: true };
      new MutationObserver(note).observe(document.querySelector("#root"), everything);
    });
    await all.do("show", url);
    await all.shows({ state: "open", value: 0, latest: null });
    await fetch(`${server}${url}/release`, { method: "POST" });
    await all.shows({ value: 1, latest: 5 });
    const seen = (await all.page.evaluate(() => globalThis.seen)).map((text) => JSON.parse(text));
    assert.ok(!seen.some(({ latest }) => latest === 1), JSON.stringify(seen));
  });

  test("another request is another query, and none closes the stream", async (t) => {
    const all = await started(t);
    const url = await scenario({ attempts: [{ steps: [{ send: tick(1) }], end: "hold" }] });
    await all.do("show", url);
    await all.shows({ state: "open", value: 1 });
    await all.do("show", null);
    await all.shows({ value: 0, latest: null });
    await attempts(url, ([{ clientLeft }]) => clientLeft);
  });

  test("a query that is cancelled says that its stream is closed", async (t) => {
    const all = await started(t);
    const url = await scenario({ attempts: [{ steps: [{ send: tick(1) }], end: "hold" }] });
    await all.do("show", url);
    await all.shows({ state: "open", value: 1 });
    await all.do("cancel");
    await all.shows({ state: "closed", value: 1 });
    await attempts(url, ([{ clientLeft }]) => clientLeft);
  });
});
