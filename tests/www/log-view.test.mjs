/** What the demo page's log keeps, without the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { JSDOM } from "jsdom";

const entry = fileURLToPath(new URL("../../www/src/log-view.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
const { LogView } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

test("log: a page that is hidden, and draws nothing, keeps no more than one that is seen", (t) => {
  const { document } = new JSDOM("<div></div>").window;
  class ResizeObserver {
    observe() {}
  }
  const globals = { document, ResizeObserver, requestAnimationFrame: () => 1 };
  Object.assign(globalThis, globals);
  t.after(() => {
    for (const name of Object.keys(globals)) delete globalThis[name];
  });
  const view = new LogView(document.querySelector("div"), () => {});
  view.following = false;
  for (let n = 0; n < 300_000; n++) view.add({ level: "info", message: `${n}`, at: "" });
  assert.ok(view.waiting > 10_000, `${view.waiting}`);
  assert.ok(view.waiting <= 40_000, `${view.waiting}`);
});
