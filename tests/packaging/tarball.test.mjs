/** What is published, and what the tools that check packages say of it. */

import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { node, program, project, root, tarball } from "./support/package.mjs";

/** Well above what is packed today: what does not belong there is often large. */
const mostUnpackedBytes = 805_000;

/** Installs the package; gives its folder and the paths of its files in it. */
async function installed(test) {
  const folder = join(await project(test), "node_modules", "typed-eventsource");
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile());
  return { folder, names: files.map((file) => relative(folder, join(file.parentPath, file.name))).sort() };
}

test("it has what belongs there and nothing else", async (t) => {
  const { folder, names } = await installed(t);
  const sources = (await readdir(join(root, "npm/src"), { recursive: true }))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    // One script is made of them.
    .filter((name) => !name.startsWith(join("hub", "inside")))
    .map((name) => join("dist", name.slice(0, -3)));
  const compiled = sources.flatMap((name) => [`${name}.js`, `${name}.js.map`, `${name}.d.ts`]);
  const wasm = ["engine.wasm", "engine.js", "engine.d.ts", "inline.js", "inline.d.ts"].map((name) =>
    join("dist/wasm", name),
  );
  const worker = ["worker.js", "hub/script.js", "hub/script.d.ts"].map((name) => join("dist", name));
  const texts = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"];
  assert.deepEqual(names, [...texts, ...compiled, ...wasm, ...worker].sort());

  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  const unpacked = sizes.reduce((sum, size) => sum + size);
  const packed = (await stat(await tarball())).size;
  t.diagnostic(`${names.length} files, ${packed} bytes packed, ${unpacked} unpacked`);
  assert.ok(unpacked <= mostUnpackedBytes, `${unpacked} bytes unpacked`);
});

test("it tells nothing of the machine that built it", async (t) => {
  const { folder, names } = await installed(t);
  for (const name of names) {
    const content = await readFile(join(folder, name), "latin1");
    for (const path of [root, join(homedir(), ".cargo")])
      assert.ok(!content.includes(path), `${name} has ${path}`);
  }
});

test("a debugger finds the TypeScript in the source maps", async (t) => {
  const { folder, names } = await installed(t);
  const maps = names.filter((name) => name.endsWith(".js.map"));
  assert.ok(maps.length > 0);
  for (const name of maps) {
    const { sources, sourcesContent } = JSON.parse(await readFile(join(folder, name), "utf8"));
    assert.equal(sources.length, 1, name);
    // Of sources that are not published only the map itself can know.
    assert.ok(sourcesContent?.[0], name);
    const script = await readFile(join(folder, name.slice(0, -4)), "utf8");
    assert.match(script, /\n\/\/# sourceMappingURL=[\w-]+\.js\.map\s*$/, name);
  }
});

test("publint finds nothing, not even to suggest", async () => {
  const args = [await program("publint", "publint"), "run", await tarball(), "--strict"];
  const { code, output } = await node(args, { cwd: root });
  assert.equal(code, 0, output);
  assert.match(output, /All good!/);
});

test("Are The Types Wrong? says no, for all that have ES modules", async () => {
  // The raw wasm and the worker's script are files for bundlers and have no types of their own.
  const excluded = ["--exclude-entrypoints", "./engine.wasm", "./worker.js", "./package.json"];
  const args = [await program("@arethetypeswrong/cli", "attw"), await tarball(), "--profile", "esm-only"];
  const { code, output } = await node([...args, ...excluded], { cwd: root });
  assert.equal(code, 0, output);
  assert.match(output, /🟢/u);
});
