/** An assistant's client in twenty lines: each way that a stream can end, by default options. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { answer } from "../../examples/assistant/assistant.mjs";
import { isRight, outcomeOf, scenarios } from "./support/scenarios.mjs";
import { apis } from "./support/server.mjs";

for (const [style, api] of Object.entries(apis))
  for (const [name, scenario] of Object.entries(scenarios))
    test(`${style}: ${name}`, async () => {
      const outcome = await outcomeOf(answer, api, scenario, true);
      isRight(outcome, scenario);
      if (scenario.right.code) assert.equal(outcome.thrown.code, scenario.right.code);
    });

test("the client is at most twenty lines", async () => {
  const text = await readFile(new URL("../../examples/assistant/assistant.mjs", import.meta.url), "utf8");
  const code = text.split("\n").filter((line) => line.trim() && !line.startsWith("/**"));
  assert.ok(code.length <= 20, `${code.length}`);
});
