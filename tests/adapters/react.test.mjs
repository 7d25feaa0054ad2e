/** What React's hooks do beside what all adapters do. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario, server } from "../npm/support/browser.mjs";
import { app } from "./support/bundle.mjs";
import { withApp } from "./support/page.mjs";

const event = (type, data) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const release = async (url) => void (await fetch(`${server}${url}/release`, { method: "POST" }));

browserSuite("React", (open) => {
  let built;
  const started = async (t, options) => {
    built ??= app(t, "react");
    const all = await withApp(open, t, await built);
    await all.start(options);
    return all;
  };

  test("options that are written in the call neither reconnect nor lose anything, however often it renders", async (t) => {
    const all = await started(t);
    const url = await scenario({
      attempts: [
        {
          steps: [{ send: event("tick", { n: 1 }) }, "waitForRelease", { send: event("tick", { n: 2 }) }],
          end: "hold",
        },
      ],
    });
    await all.do("show", url);
    await all.shows({ state: "open", value: 1 });
    for (let i = 0; i < 20; i++) await all.do("render");
    await release(url);
    await all.shows({ state: "open", value: 2, latest: 2 });
    assert.equal((await attempts(url)).length, 1);
    assert.deepEqual([all.uncaught, all.problems], [[], []]);
  });

  test("a component that shows a part is rendered for that part alone, and two hooks share a connection", async (t) => {
    const all = await started(t, { isParts: true });
    const others = Array.from({ length: 5 }, (_, n) => [
      { send: event("other", n) },
      // So that they come in frames of their own.
      { waitMs: 50 },
    ]).flat();
    const url = await scenario({
      attempts: [
        {
          steps: [
            { send: event("tick", { n: 1 }) },
            "waitForRelease",
            ...others,
            "waitForRelease",
            { send: event("tick", { n: 2 }) },
          ],
          end: "hold",
        },
      ],
    });
    await all.do("show", url);
    await all.shows({ latest: 1, value: 1 });
    const rendered = () => all.page.evaluate(() => globalThis.rendered);
    const before = await rendered();
    await release(url);
    await release(url);
    await all.shows({ latest: 2, value: 2 });
    assert.equal(await rendered(), before + 1);
    assert.equal((await attempts(url)).length, 1);
  });

  test("a component that shows no errors leaves them to be reported", async (t) => {
    const all = await started(t, { isParts: true });
    const url = await scenario({
      attempts: [{ steps: [{ send: `event: tick\ndata: {\n\n${event("tick", { n: 2 })}` }], end: "hold" }],
    });
    await all.do("show", url);
    await all.shows({ latest: 2, value: 1 });
    // Each of the two hooks tells.
    assert.equal(all.uncaught.length, 2);
    assert.match(all.uncaught[0], /tick/);
  });

  test("a component that suspends shows what has come meanwhile", async (t) => {
    const url = await scenario({
      attempts: [{ steps: [{ send: event("tick", { n: 1 }) + event("tick", { n: 2 }) }], end: "hold" }],
    });
    const all = await started(t, { late: url });
    await all.shows({ state: "open", value: 2 });
    assert.equal(await all.page.locator("#late").count(), 0);
    await all.do("resolve");
    await all.page.waitForFunction(
      () => document.querySelector("#late")?.textContent === document.querySelector("#view").textContent,
    );
    assert.equal((await attempts(url)).length, 1);
  });

  test("a component whose module is replaced keeps its connection", async (t) => {
    const steps = [1, 2, 3].flatMap((n) => [{ send: event("tick", { n }) }, "waitForRelease"]);
    const url = await scenario({ attempts: [{ steps, end: "hold" }] });
    const all = await withApp(open, t, await app(t, "react-hot", { mode: "development" }));
    await all.start();
    await all.do("show", url);
    await all.shows({ state: "open", latest: 1 });
    // With the same hooks a component keeps its state; with others it is mounted anew.
    for (const [version, hooks] of [
      [2, "useEventStream"],
      [3, "useEventStream, useState"],
    ]) {
      await all.do("replace", version, hooks);
      await all.page.waitForSelector(`[data-version="${version}"]`);
      await release(url);
      await all.shows({ state: "open", latest: version });
    }
    assert.equal((await attempts(url)).length, 1);
  });
});
