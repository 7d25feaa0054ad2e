/** What befalls the tab that has the connection, and what the others see of that. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { attempts, scenario, server } from "../npm/support/browser.mjs";
import { goesOn, launch, ownerOf, until } from "./support/tabs.mjs";

/** A stream without an end, of one tick every few milliseconds. */
const endless = {
  attempts: [{ steps: [{ events: { to: 10_000_000, everyMs: 5, type: "tick" } }], end: "hold" }],
  afterwards: "repeat-last",
};

/** How many of a scenario's streams are open. */
const openOf = async (url) => (await attempts(url)).filter(({ over }) => !over).length;

/** So long others may be without events, in milliseconds, once a tab has noticed; a busy machine takes longer. */
const patience = 15_000;

/**
 * What befalls the owner, and what is to come of it, as it was written down before it was run. In every row the others go on
 * with one connection, and miss and double nothing.
 *
 * - `befall`: does it; what it gives is called with the tab when the others have gone on
 * - `notice`: what makes another tab ask after the owner, where no lock tells it
 * - `lives`: whether the tab itself is there afterwards, and has missed and doubled nothing either
 * - `options`: those of all tabs
 */
const rows = {
  closed: { befall: (owner) => owner.close(), lives: false },
  "navigated away": {
    async befall(owner) {
      await owner.leave();
    },
    lives: false,
  },
  "navigated away, and back": {
    async befall(owner) {
      const entry = await owner.leave();
      return () => owner.comeBack(entry);
    },
    lives: true,
    options: { persist: true },
  },
  reloaded: {
    async befall(owner) {
      await owner.reload();
    },
    lives: true,
    options: { persist: true },
  },
  crashed: { befall: (owner) => owner.crash(), lives: false },
  frozen: {
    async befall(owner) {
      await owner.freeze(true);
      return () => owner.freeze(false);
    },
    lives: true,
  },
  "busy for ten seconds": {
    async befall(owner) {
      const busy = owner.evaluate("compute(10_000)");
      return () => busy;
    },
    notice: "hide(false)",
    lives: true,
  },
  "robbed of the lock": {
    async befall(owner) {
      await owner.evaluate("steal()");
    },
    lives: true,
  },
  "busy, with its engine in a worker": {
    async befall(owner) {
      const busy = owner.evaluate("compute(10_000)");
      return () => busy;
    },
    notice: "hide(false)",
    lives: true,
    options: { worker: true },
  },
};

const isMissing = server ? false : "TEST_SERVER names no server";
describe("tabs that share a stream", { skip: isMissing, concurrency: 2 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  /** Opens so many tabs of one profile that ask for the same. */
  const open = async (count, url, options = {}, more = {}) => {
    const profile = await browser.profile();
    const tabs = [];
    for (let made = 0; made < count; made++)
      tabs.push(await profile.tab({ url, options: { share: true, ...options }, ...more }));
    return { tabs, profile };
  };

  /** Whether a tab has got every tick since its first, once. */
  const isWhole = async (tab) => {
    const { wrong, gaps, errors, first, last, count } = await tab.look();
    assert.deepEqual({ wrong, gaps, errors }, { wrong: [], gaps: [], errors: [] });
    return { first, last, count };
  };

  for (const [name, { befall, notice, lives, options }] of Object.entries(rows))
    test(`the owner is ${name}`, async (t) => {
      const url = await scenario(endless);
      const { tabs } = await open(3, url, options);
      await goesOn(tabs, 20);
      const owner = await ownerOf(tabs);
      const others = tabs.filter((tab) => tab !== owner);
      assert.equal(await openOf(url), 1);
      const goBack = await befall(owner);
      if (notice) await others[0].evaluate(notice);
      const took = await goesOn(others, 1);
      t.diagnostic(`the others went on after ${Math.round(took)} ms`);
      assert.ok(took < patience, `${took} ms`);
      await goesOn(others, 20);
      await goBack?.(owner);
      const alive = lives ? tabs : others;
      await goesOn(alive, 20);
      for (const tab of alive) await isWhole(tab);
      await until("a single connection", async () => (await openOf(url)) === 1);
      const owners = await Promise.all(alive.map(async (tab) => (await tab.look()).stats));
      assert.equal(owners.filter((stats) => stats.owner === "this").length, 1);
      assert.ok(owners.every((stats) => stats.engine === "shared"));
      for (const tab of alive) await tab.close();
      await until("the end of the connection", async () => (await openOf(url)) === 0);
    });

  test("twenty tabs have one connection, over HTTP/1.1", async () => {
    const url = await scenario(endless);
    const { tabs } = await open(20, url);
    await goesOn(tabs, 20);
    for (const tab of tabs) await isWhole(tab);
    assert.equal((await attempts(url)).length, 1);
    // The others need the origin's connections for something else.
    assert.equal(await tabs[19].evaluate(`fetch("/healthz").then(({ status }) => status)`), 200);
    for (const tab of tabs) await tab.close();
  });

  test("two identities never share, nor do two profiles", async () => {
    const url = await scenario(endless);
    const profile = await browser.profile();
    const as = (user) => ({ headers: { authorization: `Bearer ${user}` }, share: true });
    const named = (user) => ({ share: { key: user } });
    const all = [as("a"), as("b"), as("a"), named("a"), named("b"), named("b")];
    const tabs = [];
    for (const options of all) tabs.push(await profile.tab({ url, options }));
    tabs.push(await (await browser.profile()).tab({ url, options: as("a") }));
    await goesOn(tabs, 5);
    const sent = (await attempts(url)).map(({ headers }) => headers.authorization).sort();
    assert.deepEqual(sent, ["Bearer a", "Bearer a", "Bearer b", undefined, undefined]);
    for (const tab of tabs) await isWhole(tab);
  });

  test("a tab that is reloaded gets what came meanwhile from the log, by its stored id", async () => {
    const url = await scenario(endless);
    const { tabs } = await open(2, url, { persist: true });
    await goesOn(tabs, 20);
    const owner = await ownerOf(tabs);
    const other = tabs.find((tab) => tab !== owner);
    await other.reload();
    await goesOn(tabs, 20);
    for (const tab of tabs) await isWhole(tab);
    assert.equal((await attempts(url)).length, 1);
  });

  test("a tab whose id is older than the log catches up by itself, and then shares", async () => {
    const url = await scenario({
      ...endless,
      attempts: [
        {
          steps: [
            // Told again at once, as by a server that has kept them.
            { events: { to: 2500, perWrite: 50, bytes: 2000, type: "tick" } },
            { events: { to: 10_000_000, everyMs: 20, type: "tick" } },
          ],
          end: "hold",
        },
      ],
    });
    const { tabs, profile } = await open(1, url);
    // By then the log has lost its beginning.
    await until("a long stream", async () => (await tabs[0].look()).count > 2600);
    const late = await profile.tab({ url, options: { share: true, lastEventId: "3" } });
    await until("the late tab's end of its own", async () => {
      const { stats, count } = await late.look();
      return stats.owner === "other" && count > 2000 && (await openOf(url)) === 1;
    });
    await goesOn([...tabs, late], 20);
    for (const tab of [...tabs, late]) await isWhole(tab);
    assert.equal((await late.look()).first, 4);
  });

  test("a tab that is slow holds up only itself, and is told what it loses", async () => {
    const url = await scenario({
      ...endless,
      attempts: [
        {
          steps: [{ events: { to: 10_000_000, perWrite: 5, everyMs: 5, bytes: 10_000, type: "tick" } }],
          end: "hold",
        },
      ],
    });
    const { tabs, profile } = await open(2, url);
    await goesOn(tabs, 20);
    const buffer = { overflow: "backpressure", limitBytes: 1, holdMs: 1_000_000 };
    const slow = await profile.tab({ url, options: { share: true, buffer }, isHeld: true });
    await until("the slow tab's loss", async () => (await slow.look()).gaps.length > 0);
    await goesOn(tabs, 20);
    for (const tab of tabs) await isWhole(tab);
    assert.equal(await openOf(url), 1);
  });

  test("reconnect() is for all, close() for one", async () => {
    const url = await scenario(endless);
    const { tabs } = await open(3, url);
    await goesOn(tabs, 20);
    const owner = await ownerOf(tabs);
    const [one, two] = tabs.filter((tab) => tab !== owner);
    await one.evaluate("source.reconnect()");
    await until("another connection", async () => (await attempts(url)).length === 2);
    await goesOn(tabs, 20);
    await two.evaluate("source.close()");
    assert.equal((await two.look()).state, "closed");
    await goesOn([owner, one], 20);
    for (const tab of tabs) await isWhole(tab);
    assert.equal((await attempts(url)).length, 2);
  });

  test("a connection that nobody sees is paused, and taken up where it was", async () => {
    const url = await scenario(endless);
    const { tabs } = await open(3, url, { hidden: "pause" });
    // All but one tab of a window may be hidden.
    await tabs[0].evaluate("hide(false)");
    await goesOn(tabs, 20);
    for (const tab of tabs.slice(1)) await tab.evaluate("hide(true)");
    await goesOn(tabs, 20);
    await tabs[0].evaluate("hide(true)");
    await until("a pause", async () => (await openOf(url)) === 0);
    for (const tab of tabs) await until("its state", async () => (await tab.look()).state === "paused");
    await tabs[1].evaluate("hide(false)");
    await goesOn(tabs, 20);
    for (const tab of tabs) await isWhole(tab);
    assert.equal(await openOf(url), 1);
  });

  test("the end of the stream is the end for all, and nobody asks again", async () => {
    const url = await scenario({
      attempts: [
        {
          steps: [
            "waitForRelease",
            { events: { to: 40, everyMs: 20, type: "tick", retry: 1 } },
            "waitForRelease",
          ],
          end: "close",
        },
      ],
    });
    const { tabs } = await open(3, url);
    const release = () => fetch(`${server}${url}/release`, { method: "POST" });
    for (const tab of tabs) await until("the stream", async () => (await tab.look()).state === "open");
    await release();
    await until("all events", async () =>
      (await Promise.all(tabs.map((tab) => tab.look()))).every(({ last }) => last === 40),
    );
    await release();
    for (const tab of tabs) {
      await until("its end", async () => (await tab.look()).state === "closed");
      const { states } = await tab.look();
      assert.equal(states.at(-1).reason, "no-content");
      await isWhole(tab);
    }
    await pause(300);
    assert.equal((await attempts(url)).length, 2);
  });
});
