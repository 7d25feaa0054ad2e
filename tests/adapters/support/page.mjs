/** A page with an app in it, and what is to be known of both. */

import { setTimeout as pause } from "node:timers/promises";

/** Counts what pages keep: timers, frames and listeners of the window and the document. */
const counting = () => {
  const kept = { timers: new Set(), frames: new Set(), listeners: 0 };
  const wrap = (name, cancel, held) => {
    const isOnce = name !== "setInterval";
    const set = globalThis[name].bind(globalThis);
    const unset = globalThis[cancel].bind(globalThis);
    globalThis[name] = (task, ...all) => {
      const id = set(
        (...given) => {
          if (isOnce) held.delete(id);
          task(...given);
        },
        ...all,
      );
      held.add(id);
      return id;
    };
    globalThis[cancel] = (id) => {
      held.delete(id);
      unset(id);
    };
  };
  wrap("setTimeout", "clearTimeout", kept.timers);
  wrap("setInterval", "clearInterval", kept.timers);
  wrap("requestAnimationFrame", "cancelAnimationFrame", kept.frames);
  for (const target of [window, document]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = (...all) => {
      kept.listeners++;
      // A signal removes it, too.
      all[2]?.signal?.addEventListener("abort", () => kept.listeners--);
      addEventListener.apply(target, all);
    };
    target.removeEventListener = (...all) => {
      kept.listeners--;
      removeEventListener.apply(target, all);
    };
  }
  globalThis.kept = () => ({
    timers: kept.timers.size,
    frames: kept.frames.size,
    listeners: kept.listeners,
  });
};

/** Opens a page of the test server's with an app's code in it, as `globalThis.start`. */
export async function withApp(open, test, code, { html = "" } = {}) {
  const problems = [];
  const { page, uncaught } = await open(test, {
    async prepare(page) {
      page.on("console", (message) => {
        // A refused request is no problem of the page's.
        const isNetwork = /Failed to load resource/.test(message.text());
        if (["error", "warning"].includes(message.type()) && !isNetwork) problems.push(message.text());
      });
      await page.addInitScript(counting);
    },
  });
  await page.evaluate((html) => {
    document.body.innerHTML = `<div id="root">${html}</div>`;
  }, html);
  await page.evaluate(async (code) => {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    globalThis.start = (await import(url)).start;
  }, code);

  /** What the app shows; undefined where it shows nothing. */
  const view = () =>
    page.evaluate(() => {
      const text = document.querySelector("#view")?.textContent;
      return text && JSON.parse(text);
    });
  return {
    page,
    uncaught,
    problems,
    view,
    start: (options = {}) =>
      page.evaluate(async (options) => {
        globalThis.app = await globalThis.start(document.querySelector("#root"), options);
      }, options),
    /** Does something with the app, such as `show`. */
    do: (what, ...all) =>
      page.evaluate(async ([what, all]) => void (await globalThis.app[what](...all)), [what, all]),
    /** Waits until it shows what is asked for. */
    async shows(wanted) {
      for (;;) {
        const now = await view();
        if (now && Object.entries(wanted).every(([name, value]) => now[name] === value)) return now;
        await pause(10);
      }
    },
    kept: () => page.evaluate(() => globalThis.kept()),
  };
}
