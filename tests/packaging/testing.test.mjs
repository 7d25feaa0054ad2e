/** The test kit in the tests of applications, which install the package. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { olderProgram, olderTool } from "./support/older-tools.mjs";
import { fixture, node, program, project } from "./support/package.mjs";

/** Runs an application's tests in Vitest; so many have to pass. */
async function inVitest(t, environment, names, count, links = []) {
  const files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await fixture(name)])));
  const folder = await project(t, { files, links: ["vitest", "jsdom", "happy-dom", ...links] });
  const args = ["run", "--environment", environment, "--testTimeout=600000"];
  const { code, output } = await node([await program("vitest", "vitest"), ...args], {
    cwd: folder,
    env: { ENVIRONMENT: environment, NODE_ENV: "test" },
  });
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`Tests {2}${count} passed \\(${count}\\)`));
}

for (const environment of ["node", "jsdom", "happy-dom"])
  test(`a component is tested in Vitest's environment ${environment}`, (t) =>
    inVitest(t, environment, ["order-list.js", "order-list.test.js"], 3));

for (const environment of ["jsdom", "happy-dom"])
  test(`a component of React is tested in ten lines, in Vitest's environment ${environment}`, (t) =>
    inVitest(t, environment, ["orders.jsx", "orders.test.jsx"], 1, ["react", "react-dom"]));

for (const fakeTimers of [{}, { enableGlobally: true }])
  test(`a component is tested in Jest with jsdom, by CommonJS: ${JSON.stringify(fakeTimers)}`, async (t) => {
    const config = {
      testEnvironment: createRequire(import.meta.url).resolve(await olderTool("jest-environment-jsdom")),
      testMatch: ["**/*.jest.cjs"],
      watchman: false,
      fakeTimers,
    };
    const files = {
      "order-list.jest.cjs": await fixture("order-list.jest.cjs"),
      "jest.config.json": JSON.stringify(config),
    };
    const folder = await project(t, { files });
    const args = [await olderProgram("jest"), "--config", "jest.config.json"];
    const { code, output } = await node(args, { cwd: folder });
    assert.equal(code, 0, output);
    assert.match(output, /Tests: +6 passed, 6 total/);
  });
