/** Validators of an enum with everything in it, beside what serde writes and refuses. `contractTests` makes the files. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { connect } from "../../dist/index.js";

const folder = process.env.CONTRACT_FOLDER;
const at = (name) => join(folder, name);
const read = (name) => readFile(at(name), "utf8");

test("the command writes the types that the crate writes", async () => {
  const [own, crate] = await Promise.all([read("from-openapi.ts"), read("events.ts")]);
  const [first, ...types] = own.split("\n");
  assert.match(first, /Written by typed-eventsource/);
  assert.deepEqual(types, crate.split("\n").slice(1));
});

test("ten thousand events of the server crate pass, through the client", { timeout: 60_000 }, async () => {
  const { Rich } = await import(pathToFileURL(at("validators.mjs")));
  const body = await read("stream.txt");
  const errors = [];
  let count = 0;
  const source = connect("http://127.0.0.1/rich", {
    decode: Rich,
    fetch: async () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  });
  source.onError((error) => errors.push(error));
  for (const type of Object.keys(Rich)) source.on(type, () => count++);
  // The end of the response is all that there is to wait for.
  await new Promise((resolve) => source.onState(({ status }) => status === "reconnecting" && resolve()));
  source.close();
  assert.deepEqual(errors, []);
  assert.equal(count, 10_000);
});

test("ten thousand mutations that serde refuses are refused, where no code may be made of strings", async () => {
  const program = fileURLToPath(new URL("support/verdicts.mjs", import.meta.url));
  const args = ["--disallow-code-generation-from-strings", program, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 });
  const { counts, wrong } = JSON.parse(stdout);
  assert.deepEqual(wrong, { taken: [], refused: [] });
  assert.equal(counts[0], 10_000);
  assert.ok(counts[1] > 1_000, `${counts[1]} mutations were none`);
});

test("an issue says where and what", async () => {
  const { Rich } = await import(pathToFileURL(at("validators.mjs")));
  const { issues } = Rich.list["~standard"].validate([
    { name: "", weight: null },
    { name: 1, weight: null },
  ]);
  assert.deepEqual(issues, [{ message: "must be string", path: ["1", "name"] }]);
});
