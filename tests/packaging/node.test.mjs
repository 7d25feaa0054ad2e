/** The package where there is no browser: in Node, and in the tests of apps. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, scenario, server } from "../npm/support/browser.mjs";
import { fixture, node, program, project } from "./support/package.mjs";

const skip = server ? false : "TEST_SERVER names no server";

/** A stream that loses its connection once, so that waiting and resuming are needed too. */
async function stream() {
  return scenario({
    attempts: [
      { steps: [{ send: "retry: 1\nid: 1\nevent: count\ndata: 1\n\n" }], end: "abort" },
      { steps: [{ send: "id: 2\nevent: count\ndata: 2\n\n" }], end: "hold" },
    ],
  });
}

const script = `
const source = connect(process.env.STREAM, { retry: { maxMs: 1 }, ...JSON.parse(process.env.OPTIONS) });
source.onState(({ status, transport, resumedFrom, reason }) => {
  if (status === "open") console.log(status, transport, resumedFrom);
  if (status === "closed") console.log(status, reason);
});
source.on("count", ({ data, lastEventId }) => {
  console.log(data, lastEventId);
  if (data !== 2) return;
  source.close();
  console.log(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout"));
});
`;
const printed = `open fetch 
1 1
open fetch 1
2 2
[]
closed closed
`;

const imports = ["imports", "app.mjs", `import { connect } from "typed-eventsource";`];
const requires = ["requires", "app.cjs", `const { connect } = require("typed-eventsource");`];
for (const [how, name, line, options] of [
  [...imports, {}],
  [...requires, {}],
  [...imports, { headers: { "x-app": "own" } }],
  [...requires, { headers: { "x-app": "own" } }],
]) {
  // The process is not told to end: nothing of a closed source may keep it, neither a socket nor a timer.
  const own = "headers" in options ? " with headers of its own" : "";
  test(`a program in Node ${how} it, reads a stream over fetch${own}, and ends`, { skip }, async (t) => {
    const folder = await project(t, { files: { [name]: line + script } });
    const url = await stream();
    const env = { STREAM: server + url, OPTIONS: JSON.stringify(options) };
    const { code, output } = await node([name], { cwd: folder, env });
    assert.deepEqual({ code, output }, { code: 0, output: printed });
    for (const { headers } of await attempts(url)) assert.equal(headers["x-app"], options.headers?.["x-app"]);
  });
}

test("Node has no EventSource: to insist on it is refused at once", async (t) => {
  const app = `import { connect } from "typed-eventsource";
try {
  connect("http://127.0.0.1/", { transport: "eventsource" });
} catch (error) {
  console.log(typeof EventSource, error.name, error.message);
}`;
  const folder = await project(t, { files: { "app.mjs": app } });
  const { output } = await node(["app.mjs"], { cwd: folder });
  assert.equal(output, `undefined TypeError "transport" must be auto or fetch: no EventSource here\n`);
});

test("the wasm is found by its name in Node", async (t) => {
  const app = `import { readFile } from "node:fs/promises";
import { init } from "typed-eventsource";
const wasm = await readFile(new URL(import.meta.resolve("typed-eventsource/engine.wasm")));
await init({ module: wasm });
console.log(WebAssembly.validate(wasm));`;
  const folder = await project(t, { files: { "app.mjs": app } });
  assert.equal((await node(["app.mjs"], { cwd: folder })).output, "true\n");
});

for (const environment of ["node", "jsdom"]) {
  test(`an app's test runs in Vitest's environment ${environment}`, { skip }, async (t) => {
    const files = { "stream.test.js": await fixture("stream.test.js") };
    const folder = await project(t, { files, links: ["vitest", "jsdom"] });
    const args = [
      await program("vitest", "vitest"),
      "run",
      "--environment",
      environment,
      "--testTimeout=600000",
    ];
    const env = { STREAM: server + (await stream()), ENVIRONMENT: environment };
    const { code, output } = await node(args, { cwd: folder, env });
    assert.equal(code, 0, output);
    assert.match(output, /Tests {2}1 passed \(1\)/);
  });
}
