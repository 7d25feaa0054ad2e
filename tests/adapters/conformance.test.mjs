/** What each adapter does, in its real framework, in a real browser: all the same. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario, server } from "../npm/support/browser.mjs";
import { app } from "./support/bundle.mjs";
import { withApp } from "./support/page.mjs";
import { react18 } from "./support/react-18.mjs";

/** The apps, and how they are made. */
const frameworks = {
  React: { name: "react" },
  "React, in its strict mode": {
    name: "react",
    build: { mode: "development" },
    options: { isStrict: true },
  },
  "React 18, in its strict mode": {
    name: "react",
    build: async () => ({ mode: "development", frameworks: await react18() }),
    options: { isStrict: true },
  },
  Vue: { name: "vue" },
  "Svelte, by runes": { name: "svelte" },
  "Svelte, as a store": { name: "svelte", options: { isStore: true } },
  Solid: { name: "solid" },
  Angular: { name: "angular" },
  RxJS: { name: "rxjs" },
  "TanStack Query, in React": { name: "tanstack" },
};

const tick = (n) => `event: tick\ndata: {"n":${n}}\n\n`;
const releasing = async (url) => void (await fetch(`${server}${url}/release`, { method: "POST" }));
const stays = (steps) => scenario({ attempts: [{ steps, end: "hold" }], afterwards: "repeat-last" });

const only = process.env.ADAPTER;
for (const [framework, { name, build = {}, options }] of Object.entries(frameworks)) {
  if (only && only !== name) continue;
  browserSuite(framework, (open) => {
    let built;
    const code = async (t) => app(t, name, typeof build === "function" ? await build() : build);

    const started = async (t) => {
      built ??= code(t);
      const all = await withApp(open, t, await built);
      await all.start(options);
      return all;
    };
    const isFine = ({ uncaught, problems }) => assert.deepEqual([uncaught, problems], [[], []]);

    test("it shows state, latest event, folded value and newest events", async (t) => {
      const all = await started(t);
      const url = await stays([{ send: [1, 2, 3, 4, 5].map(tick).join("") }]);
      await all.do("show", url);
      const shown = await all.shows({ value: 5 });
      assert.deepEqual(shown, { state: "open", latest: 5, value: 5, recent: 3, error: null });
      assert.equal((await attempts(url)).length, 1);
      isFine(all);
    });

    test("mounted again in one go, it keeps its connection", async (t) => {
      const all = await started(t);
      const url = await stays([{ send: tick(1) }, "waitForRelease", { send: tick(2) }]);
      await all.do("show", url);
      await all.shows({ state: "open", latest: 1 });
      for (let i = 0; i < 3; i++) await all.do("remount");
      await releasing(url);
      await all.shows({ state: "open", latest: 2 });
      assert.deepEqual(
        (await attempts(url)).map(({ clientLeft }) => clientLeft),
        [false],
      );
      isFine(all);
    });

    test("another URL begins anew, without anything of the one before", async (t) => {
      const all = await started(t);
      const first = await stays([{ send: tick(7) + tick(8) }, "waitForRelease", { send: tick(9) }]);
      const second = await stays(["waitForRelease", { send: tick(1) }]);
      await all.do("show", first);
      await all.shows({ value: 2 });
      await all.page.evaluate(() => {
        globalThis.seen = [];
        const root = document.querySelector("#root");
        new MutationObserver(() =>
          globalThis.seen.push(document.querySelector("#view")?.textContent ?? "{}"),
        ).observe(root, { subtree: true, childList: true, characterData: true });
      });
      await all.do("show", second);
      await all.shows({ state: "open", value: 0, latest: null });
      await attempts(first, ([{ over }]) => over);
      await releasing(first);
      await releasing(second);
      await all.shows({ value: 1, latest: 1 });
      const seen = (await all.page.evaluate(() => globalThis.seen)).map((text) => JSON.parse(text));
      for (const { latest, value } of seen.slice(1))
        assert.ok(latest === null || (latest === 1 && value === 1), JSON.stringify(seen));
      assert.deepEqual([(await attempts(first)).length, (await attempts(second)).length], [1, 1]);
      isFine(all);
    });

    test("errors and the end reach the view", async (t) => {
      const all = await started(t);
      const broken = await stays([{ send: "event: tick\ndata: {\n\n" }]);
      await all.do("show", broken);
      await all.shows({ state: "open", error: "decode" });
      const refused = await scenario({ attempts: [{ status: 404 }] });
      await all.do("show", refused);
      await all.shows({ state: "closed", error: "status" });
      const lost = await scenario({
        attempts: [{ status: 503 }, { steps: [{ send: tick(1) }], end: "hold" }],
      });
      await all.do("show", lost);
      await all.shows({ state: "open", error: null, value: 1 });
      const ended = await scenario({ attempts: [{ steps: [{ send: tick(1) }] }] });
      await all.do("show", ended);
      await all.shows({ state: "closed", error: null, value: 1 });
      assert.deepEqual(all.uncaught, []);
    });

    test("10,000 events a second change the page once a frame, on a slow processor too", async (t) => {
      const all = await started(t);
      const events = 20_000;
      const url = await stays([
        { send: tick(0) },
        "waitForRelease",
        { events: { to: events, type: "tick", perWrite: 100, everyMs: 10 } },
      ]);
      await all.do("show", url);
      await all.shows({ state: "open", value: 1 });
      const devtools = await all.page.context().newCDPSession(all.page);
      await devtools.send("Emulation.setCPUThrottlingRate", { rate: 6 });
      await all.page.evaluate(() => {
        globalThis.counts = { frames: 0, commits: 0, most: 0 };
        let inFrame = 0;
        const { counts } = globalThis;
        new MutationObserver(() => {
          counts.commits++;
          counts.most = Math.max(counts.most, ++inFrame);
        }).observe(document.querySelector("#root"), { subtree: true, childList: true, characterData: true });
        const frame = () => {
          counts.frames++;
          inFrame = 0;
          requestAnimationFrame(frame);
        };
        frame();
      });
      await releasing(url);
      await all.shows({ value: events + 1, latest: events });
      const { frames, commits, most } = await all.page.evaluate(() => globalThis.counts);
      t.diagnostic(`${commits} changes in ${frames} frames, at most ${most} in one`);
      assert.ok(commits > 5 && commits <= frames && most === 1, `${commits} in ${frames}, ${most} in one`);
      isFine(all);
    });

    test("unmounted, it leaves no connection, listener, timer or frame", async (t) => {
      const all = await started(t);
      const round = async () => {
        const url = await stays([{ send: tick(1) }]);
        await all.do("show", url);
        await all.shows({ state: "open", value: 1 });
        await all.do("show", undefined);
        await attempts(url, ([{ over }]) => over);
      };
      await round();
      const before = await all.kept();
      for (let i = 0; i < 3; i++) await round();
      const url = await stays([{ send: tick(1) }]);
      await all.do("show", url);
      await all.shows({ value: 1 });
      await all.do("stop");
      const [{ clientLeft }] = await attempts(url, ([{ over }]) => over);
      assert.equal(clientLeft, true);
      const after = await all.kept();
      assert.ok(after.listeners <= before.listeners, JSON.stringify([before, after]));
      await all.page.waitForFunction(() => {
        const { timers, frames } = globalThis.kept();
        return timers + frames === 0;
      });
      isFine(all);
    });
  });
}
