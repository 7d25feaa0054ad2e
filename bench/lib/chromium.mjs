/** A page in headless Chromium, in sight and at its full pace. */

import { setTimeout as sleep } from "node:timers/promises";
import { launchChromium } from "../../scripts/lib/devtools.mjs";
import { Failure } from "../../scripts/lib/run.mjs";

const flags = [
  "--disable-renderer-backgrounding",
  "--disable-background-timer-throttling",
  // So that each run begins with a clean heap.
  "--js-flags=--expose-gc",
];

/** How long a page may take to be ready. */
const patienceMs = 30_000;

/** How long a page that is ready goes on with what belongs to its start. */
const settleMs = 100;

/** Opens a page, gives it to `body` and closes the browser; the page is ready once `globalThis[ready]` is there. */
export async function withPage(program, url, ready, body) {
  const chromium = await launchChromium(flags, program);
  try {
    const { call, evaluate } = await chromium.open(url);
    const isReady = () => evaluate(`!!globalThis.${ready}`);
    await until(isReady);
    const reload = async () => {
      // Or the page that goes away would be taken for the one that comes.
      await evaluate(`delete globalThis.${ready}`);
      await call("Page.reload");
      await until(isReady);
    };
    const fresh = (path, body) => withFreshPage(chromium, new URL(path, url).href, body);
    return await body({ send: call, evaluate, reload, fresh });
  } finally {
    await chromium.close();
  }
}

/**
 * Gives `body` a page that has done nothing yet, in a context and so in a process of its own: a reload would leave what V8
 * has compiled, and the browser what it has downloaded.
 */
async function withFreshPage(chromium, url, body) {
  const { call, evaluate, close } = await chromium.open(url);
  try {
    await until(() => evaluate("!!globalThis.fresh"));
    await sleep(settleMs);
    return await body({ send: call, evaluate });
  } finally {
    await close();
  }
}

/** Waits until a page that is loading says so; before there is one it cannot be asked. */
async function until(isReady) {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(50)) {
    if (await isReady().catch(() => false)) return;
  }
  throw new Failure(`the page was not ready after ${patienceMs / 1000} s`);
}
