/** Documents whose names and keywords mean something else in JavaScript, or to Ajv. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { at } from "../../scripts/lib/paths.mjs";
import { command, folder } from "./support/command.mjs";
import { document, event, json, passes, ref, written } from "./support/document.mjs";

const load = (path) => import(pathToFileURL(path));
const number = { type: "number" };
const object = { type: "object", properties: { a: number }, required: ["a"] };

const names = [
  ...["package", "function", "default", "delete", "await", "let", "arguments", "string", "keyof", "unique"],
  ...["$standard", "$issue", "StandardSchema", "validate10", "validate11", "schema11", "pattern0"],
];
/** Types of these names, each referring to the next, and all in one stream. */
const namedSo = (names) => {
  const next = (index) => ref(names[(index + 1) % names.length]);
  const schema = (index) => ({
    ...object,
    properties: { a: number, b: { pattern: "^x$" }, next: next(index) },
  });
  const schemas = Object.fromEntries(names.map((name, index) => [name, schema(index)]));
  return document({ oneOf: names.map((name) => event(name, ref(name))) }, schemas);
};

test("types may be called by words of the language, and by those of generated code", async (t) => {
  const source = namedSo(names);
  const { path } = await written(t, source);
  const module = await load(path);
  for (const name of names) {
    assert.ok(passes(module[`${name}_`], { a: 1, next: { a: 2 } }), name);
    assert.ok(!passes(module.A[name], { a: 1, next: { a: "2" } }), name);
  }
  const { path: types, cwd } = await written(t, source, "a.ts");
  const tsc = [
    at("node_modules/typescript/bin/tsc"),
    "--noEmit",
    "--ignoreConfig",
    "--strict",
    "--types",
    "",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...tsc, types], { cwd }).catch(
    (error) => error,
  );
  assert.equal(stdout, "");
});

test("the command and the crate have the same list of words", async () => {
  const part = async (file, pattern) => pattern.exec(await readFile(at(file), "utf8"))[1];
  const own = await part("npm/src/contract/names.ts", /reserved = words\(`([^`]*)`/);
  const crate = await part("contract/src/names.rs", /RESERVED: &\[&str\] = &\[([^\]]*)\]/);
  assert.deepEqual(own.trim().split(/\s+/).sort(), crate.match(/[\w$]+/g));
});

test("types of the names of a page's objects have validators, those of the language have none", async (t) => {
  const { path } = await written(t, namedSo(["Event", "Node", "Response", "Window", "Array", "Map"]));
  assert.deepEqual(Object.keys(await load(path)).sort(), ["A", "Event", "Node", "Response", "Window"]);
});

test("streams leave the names of the language to it", async (t) => {
  const schema = { type: "array", items: number, minItems: 1 };
  for (const [operationId, name] of [
    ["array", "ArrayEvents"],
    ["object", "ObjectEvents"],
    ["standardSchema", "StandardSchemaEvents"],
  ]) {
    const { path } = await written(t, document(event("a", schema), {}, operationId));
    const { [name]: stream } = await load(path);
    assert.ok(passes(stream.a, [1]));
    assert.ok(!passes(stream.a, ["1"]));
  }
});

test("event types and schemas may be called by what objects inherit", async (t) => {
  const { path } = await written(t, document({ oneOf: [event("__proto__", number), event("a", number)] }));
  const { A } = await load(path);
  assert.deepEqual(Object.keys(A), ["__proto__", "a"]);
  const item = {
    properties: {
      event: { enum: ["constructor", "toString"] },
      data: json({ oneOf: [ref("X"), ref("Y")], discriminator: { mapping: {} } }),
    },
  };
  const { text } = await written(t, document(item, { X: number, Y: object }), "a.ts");
  assert.match(text, /constructor: X \| Y;\n {2}toString: X \| Y;/);
});

test("what is only in an extension, or only a name, is no schema", async (t) => {
  const schema = {
    ...object,
    "x-more": { $ref: "other.yaml" },
    example: { $ref: "other.yaml", $id: "a" },
    dependentRequired: { properties: ["b"] },
    $schema: "https://spec.openapis.org/oas/3.1/dialect/base",
    discriminator: { propertyName: "a", mapping: { $ref: "other.yaml" } },
  };
  const { path } = await written(t, document(event("a", schema)));
  const { A } = await load(path);
  assert.ok(passes(A.a, { a: 1 }));
  assert.ok(!passes(A.a, { a: 1, properties: 1 }));
  const { text } = await written(t, document(event("a", ref("100%")), { "100%": number }), "a.ts");
  assert.match(text, /a: _100_;/);
});

test("patterns that are none in Unicode, and types that may be null", async (t) => {
  const schema = {
    type: "object",
    properties: {
      a: { type: "string", pattern: "^[a\\_]+$" },
      b: { type: "string", nullable: true },
      c: { nullable: true },
      d: { type: "string", pattern: "^\\p{L}$" },
    },
    patternProperties: { "^\\@": number },
  };
  const { path } = await written(t, document(event("a", schema)));
  const { A } = await load(path);
  for (const right of [{ a: "a_" }, { b: null }, { b: "b" }, { c: 1 }, { d: "é" }, { "@": 1 }])
    assert.ok(passes(A.a, right), JSON.stringify(right));
  for (const wrong of [{ a: "b" }, { b: 1 }, { d: "éé" }, { "@": "1" }])
    assert.ok(!passes(A.a, wrong), JSON.stringify(wrong));
  const { text } = await written(t, document(event("a", schema)), "a.ts");
  assert.match(text, /b\?: string \| null; c\?: unknown;/);
});

test("what no code can be made of is told by its name", async (t) => {
  const cwd = await folder(t);
  const cases = [
    [document(event("a", { type: "text" })), /^error: Ajv makes no validator of the data of "a" in A: /],
    [
      document(event("a", ref("X")), { X: { ...object, properties: { a: ref("Y") } }, Y: { pattern: "(" } }),
      /^error: Ajv makes no validator of the schema "Y": /,
    ],
    [
      document({ oneOf: [event("a", ref("a.b")), event("b", ref("a-b"))] }, { "a.b": number, "a-b": number }),
      /^error: two schemas would be called a_b/,
    ],
  ];
  for (const [source, message] of cases) {
    await writeFile(join(cwd, "o.json"), JSON.stringify(source));
    const { code, output } = await command(cwd, "contract", "o.json", "validators", "a.mjs");
    assert.equal(code, 1);
    assert.match(output, message);
    assert.match(output, /^error: [^\n]*\n$/);
  }
});

test("a document may begin with a mark, and no file is written if one cannot be", async (t) => {
  const cwd = await folder(t);
  await writeFile(join(cwd, "o.json"), `\uFEFF${JSON.stringify(document(event("a", { pattern: "(" })))}`);
  for (const [kind, message] of [
    ["bogus", /^error: unknown kind bogus/],
    ["validators", /^error: Ajv makes no validator/],
  ]) {
    const { code, output } = await command(cwd, "contract", "o.json", "typescript", "a.ts", kind, "b.mjs");
    assert.equal(code, 1);
    assert.match(output, message);
    await assert.rejects(access(join(cwd, "a.ts")));
  }
  assert.deepEqual(await command(cwd, "contract", "o.json", "typescript", "a.ts"), { code: 0, output: "" });
  assert.match(await readFile(join(cwd, "a.ts"), "utf8"), /a: unknown;/);
});
