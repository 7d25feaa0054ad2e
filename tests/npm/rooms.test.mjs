/** The folders of `npm/src`: who may import whom, through which door. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../npm/src", import.meta.url));

/** The folders that the build writes. Any other may import their files. */
const built = ["wasm", "worker"];

/** Each folder, and the folders that it may import. */
const rooms = {
  base: [],
  wasm: [],
  worker: [],
  engine: ["base"],
  options: ["base", "engine"],
  hub: ["base", "engine"],
  source: ["base", "engine", "options", "hub"],
  eventsource: ["base", "engine", "options"],
};

const roomOf = (file) => (file.includes(sep) ? file.split(sep)[0] : "");

/** The folders of entries that are made of other entries, as an application is, and of the command: they import these, and no folder. */
const addOns = {
  store: ["index.ts"],
  adapters: ["index.ts", "store.ts"],
  testing: ["index.ts"],
  contract: [],
};

/** Every import of a file, of types too: [file, imported file]. */
async function imports() {
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const all = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(root, name), "utf8");
      const specifiers = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, to]) => to);
      return specifiers.map((to) => [
        name,
        relative(root, resolve(root, dirname(name), to)).replace(/\.js$/, ".ts"),
      ]);
    }),
  );
  return all.flat();
}

test("every folder is known here", async () => {
  const entries = await readdir(root, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(folders.sort(), [...Object.keys(rooms), ...Object.keys(addOns)].sort());
});

test("imports between folders go one way, and through the folder's entry", async () => {
  const found = await imports();
  assert.ok(found.length > 100);
  for (const [from, to] of found) {
    const [here, there] = [roomOf(from), roomOf(to)];
    if (here === there || built.includes(there)) continue;
    if (addOns[here]) {
      assert.ok(addOns[here].includes(to), `${from} must not import ${to}`);
      continue;
    }
    // Each adapter is an entry's, and knows nothing of the others.
    if (there === "adapters") {
      assert.equal(to, join(there, from), `${from} must not import ${to}`);
      continue;
    }
    assert.equal(to, join(there, "index.ts"), `${from} goes past the entry of ${there}`);
    if (here) assert.ok(rooms[here].includes(there), `${from} must not import ${there}`);
  }
});

test("no file imports itself by way of others, types included", async () => {
  const next = new Map();
  for (const [from, to] of await imports()) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set();
  const walk = (file, path) => {
    const at = path.indexOf(file);
    assert.ok(at < 0, `a circle: ${[...path.slice(at), file].join(" → ")}`);
    if (done.has(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
});
