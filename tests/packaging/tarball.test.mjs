/** What is published, and what the tools that check packages say of it. */

import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { addOns } from "../../scripts/lib/entries.mjs";
import { node, program, project, root, tarball } from "./support/package.mjs";

/** The entries that are made of others. */
const others = Object.keys(addOns);

/** Well above what is packed today: what does not belong there is often large. */
const mostUnpackedBytes = 1_000_000 + 60_000 * others.length;

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
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("npm/src", name));
  const scripts = [
    "index.js",
    "eventsource.js",
    "shared.js",
    "hub.js",
    "script.js",
    ...Object.values(addOns),
  ];
  const files = [
    ...scripts.flatMap((name) => [name, `${name}.map`, `cjs/${name}`]),
    ...["single.js", "single.js.map", "worker.js", "contract.js", "wasm/engine.wasm"],
    ...["wasm/engine.js", "cjs/wasm/engine.js", "cjs/wasm/engine.d.ts"],
    ...["cjs/package.json", "cjs/index.d.ts", "cjs/eventsource.d.ts"],
    ...others.map((name) => `cjs/${name}.d.ts`),
  ].map((name) => join("dist", name));
  const folders = ["eventsource", "engine.js", ...others].map((name) => join(name, "package.json"));
  const texts = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"];
  const declarations = names.filter((name) => /^dist.(?!cjs).*\.d\.ts(\.map)?$/.test(name));
  const programs = [join("npm/bin", "typed-eventsource.mjs")];
  const all = [...texts, ...programs, ...folders, ...sources, ...files, ...declarations];
  assert.deepEqual(names, all.sort());

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

test("declarations are those that the entries need, and have the sources that their maps name", async (t) => {
  const { folder, names } = await installed(t);
  const declarations = names.filter((name) => name.endsWith(".d.ts") && name.startsWith("dist"));
  const imported = new Set(
    ["index", "eventsource", "wasm/engine", ...others]
      .flatMap((name) => [name, `cjs/${name}`])
      .map((name) => `dist/${name}.d.ts`),
  );
  for (const name of declarations) {
    const text = await readFile(join(folder, name), "utf8");
    for (const [, to] of text.matchAll(/from "(\.[^"]+)\.js"/g)) {
      const target = join(dirname(name), `${to}.d.ts`);
      assert.ok(names.includes(target), `${name} imports ${target}`);
      imported.add(target);
    }
    const isMapped = /sourceMappingURL=/.test(text);
    assert.equal(names.includes(`${name}.map`), isMapped, name);
    // All that is declared can be gone to.
    if (!isMapped)
      assert.ok(/^dist.(?:cjs|wasm)/.test(name) || !/\b(?:interface|declare|type \w+ =)/.test(text), name);
  }
  assert.deepEqual(declarations.map((name) => name.replaceAll("\\", "/")).sort(), [...imported].sort());
});

test("a debugger finds the TypeScript by the source maps", async (t) => {
  const { folder, names } = await installed(t);
  const maps = names.filter((name) => name.endsWith(".map"));
  assert.ok(maps.length > 20);
  for (const name of maps) {
    const { sources, mappings } = JSON.parse(await readFile(join(folder, name), "utf8"));
    // What the build has written is nobody's source.
    const known = sources.filter((source) => source !== null);
    assert.ok(known.length || name === join("dist", "script.js.map"), name);
    for (const source of known) assert.ok(names.includes(join(dirname(name), source)), `${name}: ${source}`);
    assert.ok(mappings.length > 0, name);
    const file = await readFile(join(folder, name.slice(0, -4)), "utf8");
    assert.match(file, /\n\/\/# sourceMappingURL=[\w-]+\.(?:js|d\.ts)\.map\s*$/, name);
  }
});

test("where an error was thrown is told by the source map", async (t) => {
  const app = `import { connect } from "typed-eventsource";
try { connect("/", { retries: 1 }); } catch ({ stack }) { console.log(stack); }`;
  const own = await project(t, { files: { "app.mjs": app } });
  const { output } = await node(["--enable-source-maps", "app.mjs"], { cwd: own });
  const line = /npm.src.(\S+\.ts):(\d+)/.exec(output);
  assert.ok(line, output);
  const source = await readFile(join(root, "npm/src", line[1]), "utf8");
  assert.match(source.split("\n")[line[2] - 1], /throw|new TypeError/);
});

test("publint finds nothing, not even to suggest", async () => {
  const args = [await program("publint", "publint"), "run", await tarball(), "--strict"];
  const { code, output } = await node(args, { cwd: root });
  assert.equal(code, 0, output);
  assert.match(output, /All good!/);
});

test("Are The Types Wrong? says no, for whatever imports or requires", async () => {
  // The raw wasm and the worker's script are files for bundlers and have no types of their own.
  const excluded = ["--exclude-entrypoints", "./engine.wasm", "./worker.js", "./package.json"];
  const args = [await program("@arethetypeswrong/cli", "attw"), await tarball()];
  const { code, output } = await node([...args, ...excluded], { cwd: root });
  assert.equal(code, 0, output);
  assert.equal(output.match(/🟢/gu)?.length, 4 * (3 + others.length), output);
});
