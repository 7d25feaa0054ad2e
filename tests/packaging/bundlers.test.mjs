/** Apps made by bundlers, and one made by none, in a real browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserSuite, server } from "../npm/support/browser.mjs";
import { assertEngineOnce, esbuildBuild, viteBuild, viteServe, webpackBuild } from "./support/bundlers.mjs";
import { fixture, project } from "./support/package.mjs";
import { html, reads } from "./support/page.mjs";
import { serve } from "./support/serve.mjs";

const app = await fixture("app.js");

/** The app with the wasm as a file of its own, found as `where` says. */
const appWithModule = (imports, where) => `import { init } from "typed-eventsource";
${imports}
init({ module: ${where} });
${app}`;
const byUrl = appWithModule("", `new URL("typed-eventsource/engine.wasm", import.meta.url)`);
/** The app with the worker's script as a file of its own, found as `where` says. */
const appWithWorker = (imports, where) => `${imports}
globalThis.worker = { url: ${where} };
${app}`;
const workerByUrl = appWithWorker("", `new URL("typed-eventsource/worker.js", import.meta.url)`);
const workerByImport = appWithWorker(`import script from "typed-eventsource/worker.js?url";`, "script");
const byImport = (name) => appWithModule(`import engine from "${name}";`, "engine");

/** Where pages can be opened that have nothing to do with the one that the suite opens. */
const context = async (open, t) => (await open(t)).page.context();

browserSuite("an app in a browser", (open) => {
  const works = (name, build, check = () => {}) =>
    test(name, async (t) => {
      const dist = await build(t);
      await check(dist);
      await reads(await context(open, t), await serve(t, dist));
    });

  works("built by Vite", (t) => viteBuild(t, app), assertEngineOnce);
  works("built by webpack without a configuration", (t) => webpackBuild(t, app), assertEngineOnce);
  works("bundled by esbuild in one piece", (t) => esbuildBuild(t, app));
  const pieces = { splitting: true, format: "esm" };
  works("bundled by esbuild in pieces", (t) => esbuildBuild(t, app, pieces), assertEngineOnce);

  test("served by Vite while it is developed", async (t) => {
    await reads(await context(open, t), await viteServe(t, app));
  });

  for (const [file, loaded] of [
    ["index.js", ["hub.js", "index.js", "script.js", "shared.js"]],
    ["single.js", ["hub.js", "script.js", "single.js"]],
  ])
    test(`made by nobody: a static page with an import map to ${file}`, async (t) => {
      const imports = { "typed-eventsource": `/node_modules/typed-eventsource/dist/${file}` };
      const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
      const page = html(`<script type="module" src="/app.js"></script>`, map);
      const folder = await project(t, { files: { "index.html": page, "app.js": app } });
      const own = await context(open, t);
      const seen = [];
      own.on("request", (request) => {
        const name = /\/dist\/(.*)$/.exec(request.url())?.[1];
        if (name) seen.push(name);
      });
      await reads(own, await serve(t, folder));
      assert.deepEqual(seen.sort(), loaded);
    });

  works("built by Vite, the wasm as a file, by its URL", (t) => viteBuild(t, byUrl));
  works("built by Vite, the wasm as a file, imported", (t) =>
    viteBuild(t, byImport("typed-eventsource/engine.wasm?url")),
  );
  test("served by Vite while it is developed, the wasm as a file", async (t) => {
    await reads(await context(open, t), await viteServe(t, byImport("typed-eventsource/engine.wasm?url")));
  });
  works("built by webpack, the wasm as a file, by its URL", (t) => webpackBuild(t, byUrl));
  works("bundled by esbuild, the wasm as a file, imported", (t) =>
    esbuildBuild(t, byImport("typed-eventsource/engine.wasm"), { loader: { ".wasm": "file" } }),
  );
});

browserSuite("a strict content security policy", (open) => {
  const policy = (scripts) => ({
    "content-security-policy": `default-src 'none'; script-src ${scripts}; connect-src ${server}; img-src data:`,
  });

  test("with 'wasm-unsafe-eval' is all that its wasm needs, but for a worker of its own", async (t) => {
    const dist = await viteBuild(t, app);
    await reads(await context(open, t), await serve(t, dist, policy("'self' 'wasm-unsafe-eval'")), false);
  });

  for (const [name, build, app] of [
    ["Vite, by its URL", viteBuild, workerByUrl],
    ["Vite, imported", viteBuild, workerByImport],
    ["webpack, by its URL", webpackBuild, workerByUrl],
  ])
    test(`has nothing against the worker's script as a file, built by ${name}`, async (t) => {
      const dist = await build(t, app);
      await reads(await context(open, t), await serve(t, dist, policy("'self' 'wasm-unsafe-eval'")));
    });

  const pieces = { splitting: true, format: "esm" };
  for (const [name, build] of [
    ["Vite", viteBuild],
    ["webpack", webpackBuild],
    ["esbuild in pieces", (t, app) => esbuildBuild(t, app, pieces)],
    ["esbuild in one piece", esbuildBuild],
  ])
    test(`without 'wasm-unsafe-eval' makes it JavaScript, built by ${name}`, async (t) => {
      const dist = await build(t, app);
      await reads(await context(open, t), await serve(t, dist, policy("'self'")), false, "page-js");
    });
});
