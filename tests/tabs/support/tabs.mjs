/** Tabs of headless Chromium that know of each other. */
import { setTimeout as pause } from "node:timers/promises";
import { launchChromium } from "../../../scripts/lib/devtools.mjs";
import { server } from "../../npm/support/browser.mjs";

const flags = [
  "--disable-quic",
  // Each tab is to run as one that is looked at, and to crash alone.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--renderer-process-limit=100",
];

/** How long anything may take, in milliseconds; only what hangs takes so long. */
const patience = 60_000;

/** Waits until something is so. */
export async function until(what, isSo, patienceMs = patience) {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await isSo();
    if (found) return found;
    if (performance.now() > end) throw new Error(`${what} takes too long`);
    await pause(20);
  }
}

/** Launches the browser; each profile that it gives knows nothing of the others. */
export async function launch() {
  const chromium = await launchChromium(flags);
  return {
    async profile() {
      const browserContextId = await chromium.context();
      return { tab: (what) => openTab(chromium, browserContextId, what) };
    },
    close: chromium.close,
  };
}

/** Opens a tab that listens: `url`, `options` and whether its handlers are ever done. */
async function openTab(chromium, browserContextId, { origin = server, ...what }) {
  const fragment = encodeURIComponent(JSON.stringify(what));
  const page = await chromium.open(`${origin}/tabs/index.html#${fragment}`, { browserContextId });
  const ready = () =>
    until("a tab", () => page.evaluate("globalThis.look ? true : false").catch(() => false));
  await ready();
  /** Calls a method of the protocol, which fails while the tab goes from page to page. */
  const call = (method, params) =>
    until(method, () =>
      page.call(method, params).then(
        (result) => ({ result }),
        (error) => {
          if (!/active page/.test(error.message)) throw error;
        },
      ),
    ).then(({ result }) => result);
  return {
    ...page,
    ready,
    look: () => page.evaluate("look()"),
    /** Gone, and its process with it. The protocol gives no answer to that. */
    crash() {
      page.call("Page.crash").catch(() => {});
      return pause(100);
    },
    freeze: (isFrozen) => page.call("Page.setWebLifecycleState", { state: isFrozen ? "frozen" : "active" }),
    async reload() {
      await page.evaluate("delete globalThis.look");
      await call("Page.reload");
      await ready();
    },
    /** Goes to another page, and gives the number of the entry of the history that it was. */
    async leave() {
      const { currentIndex, entries } = await call("Page.getNavigationHistory");
      await call("Page.navigate", { url: `${origin}/healthz` });
      const isThere = () => page.evaluate(`location.pathname === "/healthz"`).catch(() => false);
      await until("the other page", isThere);
      return entries[currentIndex].id;
    },
    async comeBack(entryId) {
      await call("Page.navigateToHistoryEntry", { entryId });
      await ready();
    },
  };
}

/** The tab that has the connection. */
export const ownerOf = (tabs) =>
  until("an owner", async () => {
    for (const tab of tabs) if ((await tab.look()).stats.owner === "this") return tab;
    return undefined;
  });

/** Waits until each tab has so many ticks more, or any at all; gives how long that took, in milliseconds. */
export async function goesOn(tabs, more = 1) {
  const begin = performance.now();
  const before = await Promise.all(tabs.map(async (tab) => (await tab.look()).count));
  await until("a stream that goes on", async () => {
    const now = await Promise.all(tabs.map(async (tab) => (await tab.look()).count));
    return now.every((count, place) => count >= before[place] + more);
  });
  return performance.now() - begin;
}
