/** The README's TypeScript is a file that the type tests compile. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const read = (path) => readFile(new URL(path, import.meta.url), "utf8");

test("the README's example is the one that is compiled", async () => {
  const examples = [...(await read("../../README.md")).matchAll(/```ts\n([\s\S]*?)```/g)];
  assert.equal(examples.length, 1);
  assert.equal(examples[0][1], await read("types/readme.ts"));
});
