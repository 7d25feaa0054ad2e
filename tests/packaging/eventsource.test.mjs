/** The drop-in class in apps: it ships where it is used, and the wasm once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, server } from "../npm/support/browser.mjs";
import { esbuildBuild, inlinedWasm, scripts, viteBuild, webpackBuild } from "./support/bundlers.mjs";
import { greeting } from "./support/page.mjs";
import { serve } from "./support/serve.mjs";

const dropIn = `import { EventSource } from "typed-eventsource/eventsource";
const source = new EventSource(new URL(location.href).searchParams.get("stream"));
globalThis.seen = new Promise((resolve) => {
  source.addEventListener("greeting", ({ data, lastEventId }) => {
    source.close();
    resolve({ data, lastEventId, name: EventSource.name, tag: String(source), isBrowsers: source instanceof globalThis.EventSource });
  });
});
`;
const core = `import { connect } from "typed-eventsource";\nglobalThis.connected = connect("/");\n`;
const unused = `import "typed-eventsource/eventsource";\nconsole.log("an app");\n`;

/** What only the class has: its messages are not minified. */
const ofTheClass = /new EventSource\(\) needs a URL/;

const bundlers = {
  Vite: viteBuild,
  webpack: webpackBuild,
  esbuild: (t, script) => esbuildBuild(t, script, { splitting: true, format: "esm" }),
};

for (const [name, build] of Object.entries(bundlers)) {
  const built = async (t, script) => [...(await scripts(await build(t, script))).values()];

  test(`who uses only the core gets nothing of it, by ${name}`, async (t) => {
    const texts = await built(t, core);
    assert.ok(texts.some((text) => inlinedWasm.test(text)));
    assert.ok(!texts.some((text) => ofTheClass.test(text)));
  });

  test(`who uses both gets the wasm once, by ${name}`, async (t) => {
    const texts = await built(t, core + dropIn);
    assert.ok(texts.some((text) => ofTheClass.test(text)));
    assert.equal(texts.filter((text) => inlinedWasm.test(text)).length, 1);
    // The engine, by a call of the wasm. A worker's script has its own engine, and gets the wasm from the page.
    const engines = texts.filter((text) => /\.overdue\(/.test(text));
    assert.deepEqual(engines.map((text) => inlinedWasm.test(text)).sort(), [false, true]);
  });

  test(`an import without a use leaves nothing behind, by ${name}`, async (t) => {
    // esbuild writes what a module imports dynamically before it drops that module.
    const app = (await built(t, unused)).find((text) => text.includes("an app"));
    assert.ok(!ofTheClass.test(app) && !app.includes("import("), app);
  });
}

browserSuite("the drop-in class in an app", (open) => {
  for (const [name, build] of Object.entries(bundlers))
    test(`reads a stream, and keeps its name, built by ${name}`, async (t) => {
      const url = await greeting();
      const { page, uncaught } = await open(t);
      const address = await serve(t, await build(t, dropIn));
      await page.goto(`${address}/?stream=${encodeURIComponent(server + url)}`);
      await page.waitForFunction(() => globalThis.seen);
      assert.deepEqual(await page.evaluate(() => globalThis.seen), {
        data: '{"text":"hello – ¡hola!"}',
        lastEventId: "1",
        name: "EventSource",
        tag: "[object EventSource]",
        isBrowsers: false,
      });
      assert.equal((await attempts(url)).length, 1);
      assert.deepEqual(uncaught, []);
    });
});
