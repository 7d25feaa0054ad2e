/** Owners that go at random, amid many events: nobody who lives misses one, or gets one twice. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { attempts, scenario, server } from "../npm/support/browser.mjs";
import { seeded } from "../npm/support/random.mjs";
import { goesOn, launch, ownerOf, until } from "./support/tabs.mjs";

/** The long run is `TABS_HANDOVERS=200 TABS_EVENTS=100000`. */
const handovers = Number(process.env.TABS_HANDOVERS || 12);
const events = Number(process.env.TABS_EVENTS || 5000);
const seed = Number(process.env.TABS_SEED || randomInt(2 ** 31));

/** How many tabs there are at a time. */
const size = 5;

/** What befalls an owner. Each gives whether the tab lives on. */
const fates = {
  async closed(tab) {
    await tab.close();
    return false;
  },
  async crashed(tab) {
    await tab.crash();
    await tab.close();
    return false;
  },
  async reloaded(tab) {
    await tab.reload();
    return true;
  },
  async frozen(tab, others) {
    await tab.freeze(true);
    await goesOn(others);
    await tab.freeze(false);
    return true;
  },
  async robbed(tab) {
    await tab.evaluate("steal()");
    return true;
  },
  async cached(tab, others) {
    const entry = await tab.leave();
    await goesOn(others);
    await tab.comeBack(entry);
    return true;
  },
};

const skip = server ? false : "TEST_SERVER names no server";
test(`${handovers} owners go, seed ${seed}`, { skip, timeout: 60 * 60_000 }, async (t) => {
  t.diagnostic(`TABS_SEED=${seed} repeats the choices`);
  const { one } = seeded(seed);
  const url = await scenario({
    attempts: [
      { steps: [{ events: { to: 10_000_000, perWrite: 2, everyMs: 5, type: "tick" } }], end: "hold" },
    ],
    afterwards: "repeat-last",
  });
  const browser = await launch();
  try {
    const profile = await browser.profile();
    const open = () => profile.tab({ url, options: { share: true, persist: true } });
    let tabs = [];
    while (tabs.length < size) tabs.push(await open());
    await goesOn(tabs, 20);
    const check = async () => {
      for (const tab of tabs) {
        const { wrong, gaps, errors } = await tab.look();
        assert.deepEqual({ wrong, gaps, errors }, { wrong: [], gaps: [], errors: [] });
      }
    };
    const told = {};
    for (let gone = 0; gone < handovers; gone++) {
      const owner = await ownerOf(tabs);
      const others = tabs.filter((tab) => tab !== owner);
      const fate = one(Object.keys(fates));
      told[fate] = (told[fate] ?? 0) + 1;
      if (!(await fates[fate](owner, others))) tabs = [...others, await open()];
      await goesOn(tabs, 20);
      await check();
    }
    t.diagnostic(JSON.stringify(told));
    // So many events in all, in the tab that has seen most.
    await until(
      "the last event",
      async () => (await tabs[0].look()).last >= events,
      Number.POSITIVE_INFINITY,
    );
    await goesOn(tabs, 20);
    await check();
    await until("a single connection", async () => {
      const open = (await attempts(url)).filter(({ over }) => !over);
      return open.length === 1;
    });
  } finally {
    await browser.close();
  }
});
