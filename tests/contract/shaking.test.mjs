/** Validators that an app does not use are not in what a bundler makes of it. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import { command, folder } from "./support/command.mjs";

const schema = (name) => ({
  type: "object",
  properties: { [`only${name}`]: { type: "string", pattern: "^a" } },
});
const event = (name, contentSchema) => ({
  properties: {
    event: { const: name },
    data: { type: "string", contentMediaType: "application/json", contentSchema },
  },
});
const stream = (...events) => ({
  get: { responses: { 200: { content: { "text/event-stream": { itemSchema: { oneOf: events } } } } } },
});
const document = {
  openapi: "3.2.0",
  paths: {
    "/first": stream(event("a", { $ref: "#/components/schemas/Leaf" }), event("b", schema("First"))),
    "/second": stream(event("c", { $ref: "#/components/schemas/Tree" }), event("d", schema("Second"))),
  },
  components: {
    schemas: {
      Leaf: schema("Leaf"),
      Tree: {
        ...schema("Tree"),
        additionalProperties: {
          anyOf: [{ $ref: "#/components/schemas/Tree" }, { $ref: "#/components/schemas/Leaf" }],
        },
      },
    },
  },
};

const bundlers = {
  esbuild: async (entry) => {
    const { outputFiles } = await esbuild({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      minify: true,
    });
    return outputFiles[0].text;
  },
  Vite: async (entry) => {
    const options = { input: entry };
    const settings = {
      configFile: false,
      logLevel: "silent",
      build: { write: false, rolldownOptions: options },
    };
    const { output } = await vite({ root: join(entry, ".."), ...settings });
    return output[0].code;
  },
};

const all = ["First", "Leaf", "Second", "Tree"];
const uses = {
  "a type": { code: 'import { Leaf } from "./validators.mjs"; console.log(Leaf);', has: ["Leaf"] },
  "a stream": {
    code: 'import { First } from "./validators.mjs"; console.log(First);',
    has: ["First", "Leaf"],
  },
  "a type that others are in": {
    code: 'import { Tree } from "./validators.mjs"; console.log(Tree);',
    has: ["Leaf", "Tree"],
  },
  nothing: { code: 'import { First, Tree } from "./validators.mjs"; console.log(1);', has: [] },
};

for (const [name, bundle] of Object.entries(bundlers))
  test(`what is not used is left out, by ${name}`, async (t) => {
    const cwd = await folder(t);
    await writeFile(join(cwd, "openapi.json"), JSON.stringify(document));
    const { code, output } = await command(cwd, "contract", "openapi.json", "validators", "validators.mjs");
    assert.equal(code, 0, output);
    for (const [what, { code, has }] of Object.entries(uses)) {
      const entry = join(cwd, "app.mjs");
      await writeFile(entry, code);
      const text = await bundle(entry);
      assert.deepEqual(
        all.filter((part) => text.includes(`only${part}`)),
        has,
        what,
      );
      if (!has.length) assert.ok(text.length < 40, text);
    }
  });
