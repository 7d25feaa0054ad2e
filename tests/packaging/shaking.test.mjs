/** What an app does not use it does not ship. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { esbuildBuild, inlinedWasm, scripts, viteBuild, webpackBuild } from "./support/bundlers.mjs";

const app = `console.log("app");\n`;
const unused = `import { connect } from "typed-eventsource";\n${app}`;
const used = `import { connect } from "typed-eventsource";\nconnect("/");\n`;

/** What makes a difference to somebody who visits the app: the scripts, or those that it can come to load. */
const bundlers = {
  Vite: { build: viteBuild },
  webpack: { build: webpackBuild },
  esbuild: { build: esbuildBuild },
  // It writes what a module imports dynamically before it drops that module: a file that nothing refers to.
  "esbuild in pieces": {
    build: (t, script) => esbuildBuild(t, script, { splitting: true, format: "esm" }),
    loaded: (all) => new Map([...all].filter(([name]) => name === "app.js")),
  },
};

for (const [name, { build, loaded = (all) => all }] of Object.entries(bundlers)) {
  test(`an unused import leaves nothing behind, by ${name}`, async (t) => {
    const shaken = loaded(await scripts(await build(t, unused)));
    const without = await scripts(await build(t, app));
    assert.deepEqual([...shaken.keys()], [...without.keys()]);
    // Compared in this order, so that a failure does not print the wasm.
    for (const [name, text] of shaken) assert.equal(text.length, without.get(name).length, name);
    assert.deepEqual(shaken, without);
  });

  test(`a used one ships the engine, by ${name}`, async (t) => {
    const texts = [...(await scripts(await build(t, used))).values()];
    assert.ok(texts.some((text) => inlinedWasm.test(text)));
  });
}
