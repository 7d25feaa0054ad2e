/** Documents for the command, and what it makes of them. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command, folder } from "./command.mjs";

/** A document whose only stream has this item. */
export const document = (itemSchema, schemas = {}, operationId = "A") => ({
  openapi: "3.2.0",
  info: { title: "t", version: "1" },
  paths: {
    "/a": {
      get: {
        operationId,
        responses: { 200: { description: "", content: { "text/event-stream": { itemSchema } } } },
      },
    },
  },
  components: { schemas },
});

/** Data that is JSON. */
export const json = (contentSchema) => ({
  type: "string",
  contentMediaType: "application/json",
  contentSchema,
});

export const event = (name, contentSchema) => ({
  properties: { event: { const: name }, data: json(contentSchema) },
});

export const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

/** The file that the command makes of a document. */
export async function written(t, source, file = "a.mjs") {
  const cwd = await folder(t);
  await writeFile(join(cwd, "openapi.json"), JSON.stringify(source));
  const kind = file.endsWith(".ts") ? "typescript" : "validators";
  const { code, output } = await command(cwd, "contract", "openapi.json", kind, file);
  assert.equal(code, 0, output);
  return { cwd, path: join(cwd, file), text: await readFile(join(cwd, file), "utf8") };
}

export const passes = (schema, value) => !schema["~standard"].validate(value).issues;
