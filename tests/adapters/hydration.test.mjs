/** A page that a server has rendered is taken over as it is, and the server connects to nothing. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { attempts, browserSuite, scenario, server } from "../npm/support/browser.mjs";
import { app } from "./support/bundle.mjs";
import { withApp } from "./support/page.mjs";

/** What a server makes of a page of the app. */
async function rendered(test, name, url) {
  const code = await app(test, `${name}-server`, { mode: "development", platform: "node" });
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  test.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "server.mjs");
  await writeFile(file, code);
  const { render } = await import(pathToFileURL(file).href);
  return render(url);
}

browserSuite("hydration", (open) => {
  for (const [name, options] of [
    ["react", { isStrict: true }],
    ["vue", {}],
    ["svelte", {}],
  ])
    test(name, async (t) => {
      const path = await scenario({
        attempts: [{ steps: [{ send: 'event: tick\ndata: {"n":1}\n\n' }], end: "hold" }],
      });
      const url = server + path;
      const html = await rendered(t, name, url);
      assert.match(html, /connecting/);
      assert.deepEqual(await attempts(path), []);

      // In development, frameworks tell what does not match.
      const code = await app(t, name, { mode: "development" });
      const all = await withApp(open, t, code, { html });
      const before = await all.page.evaluate(() => {
        globalThis.before = document.querySelector("#view");
        return globalThis.before.textContent;
      });
      assert.match(before, /connecting/);
      await all.start({ ...options, hydrate: url });
      await all.shows({ state: "open", value: 1 });
      const isSame = await all.page.evaluate(() => globalThis.before === document.querySelector("#view"));
      assert.ok(isSame, "the element was made anew");
      assert.equal((await attempts(path)).length, 1);
      assert.deepEqual([all.uncaught, all.problems], [[], []]);
    });
});
