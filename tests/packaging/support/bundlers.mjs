/** Bundlers, with the defaults that a new project has. Each gives the folder with what it made. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as esbuild from "esbuild";
import * as vite from "vite";
import { node, program, project, write } from "./package.mjs";
import { html } from "./page.mjs";

/** The files of a Vite project with one script. */
export const viteFiles = (script) => ({
  "index.html": html(`<script type="module" src="/app.js"></script>`),
  "app.js": script,
});

export async function viteBuild(test, script) {
  const root = await project(test, { files: viteFiles(script) });
  await vite.build({ root, configFile: false, logLevel: "warn" });
  return join(root, "dist");
}

/** Vite's server for development; gives its address. */
export async function viteServe(test, script) {
  const root = await project(test, { files: viteFiles(script) });
  const server = await vite.createServer({
    root,
    configFile: false,
    logLevel: "warn",
    server: { host: "127.0.0.1", port: 0 },
  });
  test.after(() => server.close());
  await server.listen();
  return `http://127.0.0.1:${server.httpServer.address().port}`;
}

/** The command itself, without a configuration. */
export async function webpackBuild(test, script) {
  const folder = await project(test, { files: { "src/index.js": script } });
  const { code, output } = await node([await program("webpack-cli", "webpack-cli")], { cwd: folder });
  assert.equal(code, 0, output);
  await write(folder, { "dist/index.html": html(`<script defer src="main.js"></script>`) });
  return join(folder, "dist");
}

export async function esbuildBuild(test, script, options) {
  const folder = await project(test, { files: { "app.js": script } });
  const outdir = join(folder, "dist");
  const entryPoints = [join(folder, "app.js")];
  await esbuild.build({ entryPoints, outdir, bundle: true, minify: true, logLevel: "warning", ...options });
  const kind = options?.format === "esm" ? `type="module"` : "defer";
  await write(folder, { "dist/index.html": html(`<script ${kind} src="app.js"></script>`) });
  return outdir;
}

/** The scripts that a bundler made: their texts by their names. */
export async function scripts(dist) {
  const names = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith(".js")).sort();
  const texts = names.map(async (name) => [name, await readFile(join(dist, name), "utf8")]);
  return new Map(await Promise.all(texts));
}

/** How wasm begins, as the package inlines it. */
export const inlinedWasm = /#!\(!:!4\$###/;

/** The memory of the engine as JavaScript, however its names were shortened. */
export const engineScript = /\bgrow:\{value:/;

/** Fails unless the engine ships once: as wasm, and as JavaScript in a piece of its own, which is only loaded without. */
export async function assertEngineOnce(dist) {
  const texts = [...(await scripts(dist)).values()];
  assert.equal(texts.filter((text) => inlinedWasm.test(text)).length, 1);
  const [script, ...more] = texts.filter((text) => engineScript.test(text));
  assert.ok(script && !more.length);
  assert.ok(!inlinedWasm.test(script) && !script.includes("EventSourceError"));
}
