/** The test kit in the tests of applications, which install the package. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { olderProgram, olderTool } from "./support/older-tools.mjs";
import { fixture, node, program, project } from "./support/package.mjs";

for (const environment of ["node", "jsdom", "happy-dom"])
  test(`a component is tested in Vitest's environment ${environment}`, async (t) => {
    const names = ["order-list.js", "order-list.test.js"];
    const files = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await fixture(name)])),
    );
    const folder = await project(t, { files, links: ["vitest", "jsdom", "happy-dom"] });
    const args = ["run", "--environment", environment, "--testTimeout=600000"];
    const { code, output } = await node([await program("vitest", "vitest"), ...args], {
      cwd: folder,
      env: { ENVIRONMENT: environment },
    });
    assert.equal(code, 0, output);
    assert.match(output, /Tests {2}3 passed \(3\)/);
  });

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
