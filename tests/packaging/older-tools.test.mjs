/** Tools that read CommonJS, or know no `exports`. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { addOns } from "../../scripts/lib/entries.mjs";
import { browserSuite } from "../npm/support/browser.mjs";
import { olderProgram, olderTool } from "./support/older-tools.mjs";
import { fixture, node, project, write } from "./support/package.mjs";
import { reads } from "./support/page.mjs";
import { serve } from "./support/serve.mjs";

for (const environment of ["node", "jsdom"])
  test(`Jest's default mode loads the package in its environment ${environment}`, async (t) => {
    const file = `
const { connect, init, EventSourceError } = require("typed-eventsource");
const { EventSource } = require("typed-eventsource/eventsource");
test("it is there", async () => {
  expect(typeof TextEncoder).toBe(${environment === "jsdom" ? `"undefined"` : `"function"`});
  expect(() => connect("/orders", { retries: 1 })).toThrow(TypeError);
  expect([typeof init, new EventSourceError("idle", "").name, EventSource.name]).toEqual(["function", "EventSourceError", "EventSource"]);
});
`;
    const folder = await project(t, { files: { "some.test.cjs": file } });
    const preset =
      environment === "node"
        ? "node"
        : createRequire(import.meta.url).resolve(await olderTool("jest-environment-jsdom"));
    const config = {
      testEnvironment: preset,
      testMatch: ["**/*.test.cjs"],
      rootDir: folder,
      watchman: false,
    };
    await write(folder, { "jest.config.json": JSON.stringify(config) });
    const { code, output } = await node([await olderProgram("jest"), "--config", "jest.config.json"], {
      cwd: folder,
    });
    assert.equal(code, 0, output);
    assert.match(output, /Tests: +1 passed, 1 total/);
  });

test("CommonJS modules share the engine and the error's class", async (t) => {
  const file = `
const { connect, EventSourceError } = require("./node_modules/typed-eventsource/dist/cjs/index.js");
const { EventSource } = require("./node_modules/typed-eventsource/dist/cjs/eventsource.js");
let times = 0;
const { Module } = WebAssembly;
WebAssembly.Module = function (bytes) {
  times++;
  return new Module(bytes);
};
WebAssembly.Module.prototype = Module.prototype;
const source = connect("http://127.0.0.1:9/", { retry: { maxAttempts: 1 } });
const other = new EventSource("http://127.0.0.1:9/");
source.onState(({ status, cause }) => {
  if (status !== "closed") return;
  other.close();
  console.log(cause instanceof EventSourceError, cause.code, times);
});
`;
  const folder = await project(t, { files: { "app.cjs": file } });
  assert.equal((await node(["app.cjs"], { cwd: folder })).output, "true network 1\n");
});

test("moduleResolution node10 finds the types of both entries", async (t) => {
  const file = `import { connect, type ConnectionState } from "typed-eventsource";
import { EventSource } from "typed-eventsource/eventsource";
const source = connect<{ a: number }>("/");
source.on("a", ({ data }) => data.toFixed());
export const state: ConnectionState = source.state;
new EventSource("/", { method: "POST" }).close();
`;
  const options = {
    module: "CommonJS",
    moduleResolution: "node10",
    target: "ES2022",
    lib: ["ES2022", "DOM"],
  };
  const strict = { strict: true, noEmit: true, types: [] };
  const folder = await project(t, { files: { "app.ts": file, "wrong.ts": file.replace("toFixed", "trim") } });
  const complaints = async (name) => {
    const config = { compilerOptions: { ...options, ...strict }, files: [name] };
    await write(folder, { "tsconfig.json": JSON.stringify(config) });
    const tsc = join(await olderTool("typescript"), "lib/tsc.js");
    return (await node([tsc, "--project", folder], { cwd: folder })).output;
  };
  assert.equal(await complaints("app.ts"), "");
  assert.match(await complaints("wrong.ts"), /^wrong\.ts\(4,\d+\): error TS2339/);
});

test("tools without exports find a module and a CommonJS file for each entry", async (t) => {
  const folder = join(await project(t), "node_modules", "typed-eventsource");
  for (const entry of ["", "eventsource", ...Object.keys(addOns)]) {
    const at = join(folder, entry);
    const { main, module, types } = JSON.parse(await readFile(join(at, "package.json"), "utf8"));
    const name = entry || "index";
    for (const [file, found] of [
      [`cjs/${name}.js`, main],
      [`${name}.js`, module],
      [`${name}.d.ts`, types],
    ])
      assert.equal(join(at, found), join(folder, "dist", file));
  }
});

browserSuite("an app built by older tools", (open) => {
  test("Parcel, which reads no exports by default", async (t) => {
    const page = `<!doctype html><title>page</title><link rel="icon" href="data:,">
<script type="module" src="app.js"></script>`;
    const folder = await project(t, { files: { "index.html": page, "app.js": await fixture("app.js") } });
    const args = ["build", "index.html", "--no-cache", "--no-source-maps", "--dist-dir", "dist"];
    const { code, output } = await node([await olderProgram("parcel"), ...args], { cwd: folder });
    assert.equal(code, 0, output);
    const { page: own } = await open(t);
    await reads(own.context(), await serve(t, join(folder, "dist")));
  });
});
