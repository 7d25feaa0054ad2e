/** The command of the package. */
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { command, folder } from "./support/command.mjs";
import { document, event, passes, written } from "./support/document.mjs";

test("files are written, and checked", async (t) => {
  const cwd = await folder(t);
  const write = (schema) =>
    writeFile(join(cwd, "o.json"), JSON.stringify(document({ oneOf: [event("b", schema)] })));
  await write({ type: "string" });
  const args = ["o.json", "typescript", "a.ts", "validators", "v.ts", "validators", "v.js"];
  assert.equal((await command(cwd, "contract", "--check", ...args)).code, 1);
  assert.deepEqual(await command(cwd, "contract", ...args), { code: 0, output: "" });
  assert.deepEqual(await command(cwd, "contract", "--check", ...args), { code: 0, output: "" });
  await write({ type: "number" });
  const { code, output } = await command(cwd, "contract", ...args, "--check");
  assert.equal(code, 1);
  assert.match(output, /^error: a\.ts does not follow from the document: run this without --check/);
});

test("wrong arguments and documents are told", async (t) => {
  const cwd = await folder(t);
  for (const args of [
    [],
    ["contract"],
    ["contract", "a"],
    ["help", "a", "typescript", "b"],
    ["contract", "--force"],
  ]) {
    const { code, output } = await command(cwd, ...args);
    assert.equal(code, 1);
    assert.match(output, /^error: .*\n\nusage: /, args.join(" "));
  }
  const wrong = {
    "{": /is no JSON/,
    "{}": /no OpenAPI document/,
    [JSON.stringify({ openapi: "3.1.0", paths: {} })]:
      /no response of it is "text\/event-stream" with an itemSchema/,
    [JSON.stringify(document(event("b", { $ref: "#/components/schemas/C" })))]: /has no schema "C"/,
    [JSON.stringify(document(event("b", { $ref: "other.json" })))]:
      /"other.json" is none to a schema in components/,
    [JSON.stringify(document({ $ref: "#/components/schemas/C" }))]: /leads nowhere/,
    [JSON.stringify(document({ $ref: "#/components/schemas/C" }, { C: { $ref: "#/components/schemas/C" } }))]:
      /leads nowhere/,
    [JSON.stringify(
      document({ $ref: "#/components/schemas/C" }, { C: { oneOf: [{ $ref: "#/components/schemas/C" }] } }),
    )]: /refers to itself/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    await writeFile(join(cwd, "o.json"), text);
    const { code, output } = await command(cwd, "contract", "o.json", "validators", "a.ts");
    assert.equal(code, 1);
    assert.match(output, message);
    assert.match(output, /^error: [^\n]*\n$/, text);
  }
  const { output } = await command(cwd, "contract", "nowhere.json", "typescript", "a.ts");
  assert.match(output, /^error: ENOENT.*nowhere\.json/);
});

test("validators import nothing, and have no code in strings", async (t) => {
  const schema = {
    type: "object",
    properties: { a: { type: "string", maxLength: 1 }, b: { const: { c: [1] } }, d: { pattern: "^x$" } },
    unevaluatedProperties: false,
  };
  const { text, path } = await written(t, document({ oneOf: [event("b", schema)] }));
  assert.doesNotMatch(text, /\b(?:import|require|eval|Function)\b/);
  const { A } = await import(pathToFileURL(path));
  assert.ok(passes(A.b, { a: "💡", b: { c: [1] }, d: "x" }));
  for (const wrong of [
    { a: "ab" },
    { b: { c: [2] } },
    { b: { c: [1], d: 1 } },
    { b: [1] },
    { d: "y" },
    { e: 1 },
    null,
  ])
    assert.ok(!passes(A.b, wrong), JSON.stringify(wrong));
});

test("what every object inherits is no property", async (t) => {
  const schema = { type: "object", properties: { constructor: {} }, required: ["constructor"] };
  const { path } = await written(t, document({ oneOf: [event("b", schema)] }));
  const { A } = await import(pathToFileURL(path));
  assert.ok(passes(A.b, { constructor: 1 }));
  assert.ok(!passes(A.b, {}));
});

test("types may have the names of what JavaScript has, and any other", async (t) => {
  const refs = ["Array", "Größe", "a-b", "x/y"].map((name) => ({
    $ref: `#/components/schemas/${encodeURIComponent(name.replace("/", "~1"))}`,
  }));
  const schemas = {
    Array: { type: "array", items: { type: "number" } },
    Größe: {
      type: "object",
      properties: { next: { anyOf: [refs[1], { type: "null" }] } },
      required: ["next"],
    },
    "a-b": { const: "*/" },
    "x/y": { type: "integer", description: "Ends */ here" },
    unused: { type: "string" },
  };
  const { path, text } = await written(
    t,
    document({ oneOf: refs.map((ref, index) => event(`e${index}`, ref)) }, schemas),
  );
  assert.doesNotMatch(text, /unused/);
  const { A } = await import(pathToFileURL(path));
  assert.ok(passes(A.e0, [1]));
  assert.ok(!passes(A.e0, ["1"]));
  assert.ok(passes(A.e1, { next: { next: null } }));
  assert.ok(!passes(A.e1, { next: { next: 1 } }));
  assert.ok(passes(A.e2, "*/"));
  const types = await written(
    t,
    document({ oneOf: refs.map((ref, index) => event(`e${index}`, ref)) }, schemas),
    "a.ts",
  );
  assert.match(types.text, /e1: Größe;\n {2}e2: a_b;\n {2}e3: x_y;/);
  assert.match(types.text, /Ends \*\u200b\/ here/);
});

test("events and items may be described in several ways", async (t) => {
  const number = { type: "number" };
  const data = (contentSchema) => ({
    type: "string",
    contentMediaType: "application/problem+json",
    contentSchema,
  });
  const cases = [
    // Nothing is said of its type.
    [{ properties: { data: data(number) } }, "  message: number;\n"],
    [
      { properties: { event: { enum: ["a", null] }, data: data(number) } },
      "  a: number;\n  message: number;\n",
    ],
    [
      { properties: { event: { oneOf: [{ const: "a" }, { const: "b" }] } } },
      "  a: unknown;\n  b: unknown;\n",
    ],
    [
      { properties: { event: { type: "string" }, data: { type: "string" } } },
      "  [eventType: string]: string;\n",
    ],
    // What is around an event holds for it, too.
    [
      {
        allOf: [
          { properties: { data: data(number) } },
          { oneOf: [event("a", true), { properties: { event: { const: "b" } } }] },
        ],
      },
      "  a: unknown;\n  b: number;\n",
    ],
    [{ anyOf: [event("a", number), event("a", { type: "null" })] }, "  a: number | null;\n"],
    [
      { anyOf: [event("a", number), { oneOf: [event("b", number), event("c", number)] }] },
      "  a: number;\n  b: number;\n  c: number;\n",
    ],
    // The item is no event: it is what the data says.
    [{ properties: { n: number }, required: ["n"] }, "  [eventType: string]: { n: number };\n"],
    [{ oneOf: [number, { type: "null" }] }, "  [eventType: string]: number | null;\n"],
  ];
  for (const [item, expected] of cases) {
    const { text } = await written(t, document(item), "a.ts");
    assert.equal(text.split("\n\n")[1], `export interface A {\n${expected}}\n`, JSON.stringify(item));
  }
});

test("the example of OpenAPI's own specification is read", async (t) => {
  const Event = {
    type: "object",
    required: ["data"],
    properties: {
      data: { type: "string" },
      event: { type: "string" },
      id: { type: "string" },
      retry: { type: "integer", minimum: 0 },
    },
  };
  const contentSchema = { type: "object", required: ["foo"], properties: { foo: { type: "integer" } } };
  const item = {
    $ref: "#/components/schemas/Event",
    required: ["event"],
    oneOf: [
      { properties: { event: { const: "addString" } } },
      { properties: { event: { const: "addInt64" }, data: { format: "int64" } } },
      {
        properties: {
          event: { const: "addJson" },
          data: { contentMediaType: "application/json", contentSchema },
        },
      },
    ],
  };
  const { text } = await written(t, document(item, { Event }), "a.ts");
  const members = "  addString: string;\n  addInt64: string;\n  addJson: { foo: number };\n";
  assert.equal(text.split("\n\n")[1], `export interface A {\n${members}}\n`);
});

test("each operation has a name of its own", async (t) => {
  const source = document(event("a", true));
  const { get } = source.paths["/a"];
  const { operationId: _, ...unnamed } = get;
  source.paths = {
    "/a": { get: unnamed, post: unnamed },
    "/b/{id}/c-d": { get: unnamed },
    "/": { get: unnamed },
  };
  const { text } = await written(t, source, "a.ts");
  const names = [...text.matchAll(/^export interface (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(names, ["A", "PostA", "BCD", "Stream"]);
});

test("without Ajv the command says what to install", async (t) => {
  const cwd = await folder(t);
  await writeFile(join(cwd, "o.json"), JSON.stringify(document({ oneOf: [event("b", {})] })));
  // A copy of the package that is nowhere near it.
  const { cp, mkdir } = await import("node:fs/promises");
  const copy = join(cwd, "copy");
  await mkdir(join(copy, "dist"), { recursive: true });
  await cp(new URL("../../npm/bin", import.meta.url), join(copy, "npm/bin"), { recursive: true });
  await cp(new URL("../../dist/contract.js", import.meta.url), join(copy, "dist/contract.js"));
  await writeFile(join(copy, "package.json"), `{ "type": "module" }`);
  await rm(join(cwd, "node_modules"));
  const { execFile } = await import("node:child_process");
  const run = (kind) =>
    new Promise((resolve) => {
      const args = [join(copy, "npm/bin/typed-eventsource.mjs"), "contract", "o.json", kind, "a.ts"];
      execFile(process.execPath, args, { cwd }, (error, _, stderr) => resolve([error?.code ?? 0, stderr]));
    });
  assert.deepEqual(await run("validators"), [
    1,
    "error: validators are written by Ajv 8: npm install --save-dev ajv\n",
  ]);
  assert.deepEqual(await run("typescript"), [0, ""]);
});
