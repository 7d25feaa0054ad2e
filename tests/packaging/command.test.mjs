/** The command of the package, where npm installs it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { node, project } from "./support/package.mjs";

const data = { type: "string", contentMediaType: "application/json", contentSchema: { type: "number" } };
const itemSchema = { properties: { event: { const: "heartRate" }, data } };
const document = {
  openapi: "3.2.0",
  paths: { "/pulse": { get: { responses: { 200: { content: { "text/event-stream": { itemSchema } } } } } } },
};

test("it writes validators with the Ajv of the project", async (t) => {
  const files = { "openapi.json": JSON.stringify(document) };
  const cwd = await project(t, {
    files,
    links: ["ajv", "fast-deep-equal", "fast-uri", "json-schema-traverse", "require-from-string"],
  });
  const program = join(cwd, "node_modules/typed-eventsource/npm/bin/typed-eventsource.mjs");
  const args = [program, "contract", "openapi.json", "typescript", "pulse.ts", "validators", "pulse.mjs"];
  const { code, output } = await node(args, { cwd });
  assert.equal(code, 0, output);
  assert.match(
    await readFile(join(cwd, "pulse.ts"), "utf8"),
    /interface Pulse \{\n {2}heartRate: number;\n\}/,
  );
  const { Pulse } = await import(join(cwd, "pulse.mjs"));
  assert.equal(Pulse.heartRate["~standard"].validate(7).value, 7);
});
