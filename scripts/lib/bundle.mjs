/** What is published, made of the compiler's modules in `npm/modules`: a few files, small, and what they are declared by. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { addOns, command, entries } from "./entries.mjs";
import { internalNames } from "./internal-names.mjs";
import { at } from "./paths.mjs";

const modules = (...parts) => at("npm/modules", ...parts);
const dist = (...parts) => at("dist", ...parts);

const allEntries = { ...entries, ...addOns };

/** What entries load when it is needed: a chunk each, which needs an entry here and an `import()` there. */
const lazy = { hub: "hub/index.js", script: "worker/script.js" };

/** The engine as JavaScript: a file of its own, which needs nothing of the others. */
const script = "wasm/engine.js";

/** Writes all of `dist/` but the wasm. */
export async function bundle() {
  const names = await internalNames();
  const bundled = bundler(new RegExp(`^(?:${names.join("|")})$`));
  await writeWorker(bundled);
  const files = await writeModules(bundled);
  await writeSingle(bundled);
  const others = await writeAddOns();
  await writeCommand();
  await writeCommonJs([...files, ...others]);
  await writeDeclarations();
  await writeCommonJsDeclarations();
  await writeFile(modules("shortened.json"), JSON.stringify(bundled.shortened));
}

/**
 * Gives what bundles modules. Names that are the package's own affair are shortened, to the same in each bundle: what a
 * test has to know of that stands in `shortened`.
 */
function bundler(mangleProps) {
  const all = async (options) => {
    const { build } = await import("esbuild");
    const { outputFiles, mangleCache } = await build({
      ...{ bundle: true, write: false, target: "es2022", logLevel: "warning" },
      ...{ outdir: dist(), sourcemap: "linked", sourcesContent: false },
      ...(mangleProps && { mangleProps, mangleCache: all.shortened }),
      ...options,
    });
    all.shortened = mangleCache;
    const text = (path) => outputFiles.find((file) => file.path === path)?.text;
    const scripts = outputFiles.filter(({ path }) => path.endsWith(".js"));
    return Promise.all(scripts.map(({ path }) => minified(path, text(path), text(`${path}.map`))));
  };
  all.shortened = {};
  return all;
}

/** Makes a script small: esbuild leaves functions that are called once where they are, which is 1 % of what users download. */
async function minified(path, text, map) {
  const { minify } = await import("terser");
  const name = relative(dist(), path);
  const { code, map: made } = await minify(text, {
    module: true,
    ecma: 2020,
    // It would take what servers know a client's module by for no directive.
    compress: { passes: 5, directives: !text.startsWith('"use client"') },
    sourceMap: { content: map, url: `${name}.map`, filename: name, asObject: true },
  });
  // What the build has written is nobody's source.
  const sources = made.sources.map((source) => (source?.includes("npm/src/") ? source : null));
  return { name, code: `${code}\n`, map: { ...made, sources } };
}

async function write({ name, code, map }) {
  await mkdir(dirname(dist(name)), { recursive: true });
  await writeFile(dist(name), code);
  if (map) await writeFile(dist(`${name}.map`), JSON.stringify(map));
}

/** The worker's script in one piece: as a file, and as a string for a page that starts it from a blob. */
async function writeWorker(bundled) {
  const entryPoints = { worker: modules("hub/inside/worker.js") };
  const [{ code }] = await bundled({ entryPoints, format: "iife" });
  const script = code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "");
  await write({ name: "worker.js", code: `${script}\n` });
  await mkdir(modules("worker"), { recursive: true });
  await writeFile(modules("worker/script.js"), `export const script = ${JSON.stringify(script)};\n`);
}

/** Leaves modules out that are imported by `import()`, and says which file has each. */
const asFiles = (files) => ({
  name: "files of their own",
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      const file = kind === "dynamic-import" && files[relative(modules(), join(resolveDir, path))];
      return file ? { path: `./${file}`, external: true } : undefined;
    });
  },
});

/** The entries, the lazy chunks, and a chunk that has what entries share. */
async function writeModules(bundled) {
  const all = Object.entries({ ...entries, ...lazy }).map(([name, file]) => [name, modules(file)]);
  const entryPoints = Object.fromEntries(all);
  const plugins = [asFiles({ [script]: script })];
  const files = await bundled({ entryPoints, format: "esm", splitting: true, chunkNames: "shared", plugins });
  await Promise.all(files.map(write));
  return files;
}

/** `connect()` in one file, for a page without a bundler: each file that imports another is a round trip more. */
async function writeSingle(bundled) {
  const chunks = Object.entries(lazy).map(([name, file]) => [file, `${name}.js`]);
  const plugins = [asFiles({ ...Object.fromEntries(chunks), [script]: script })];
  const [file] = await bundled({ entryPoints: { single: modules("index.js") }, format: "esm", plugins });
  await write(file);
}

/** Leaves the other entries out, and all that is no file of the package, such as a framework. */
const apart = {
  name: "apart from other entries",
  setup(build) {
    const names = new Map(Object.entries(allEntries).map(([name, file]) => [modules(file), name]));
    build.onResolve({ filter: /./ }, ({ kind, path, resolveDir }) => {
      if (kind === "entry-point") return undefined;
      if (!path.startsWith(".")) return { external: true };
      const name = names.get(join(resolveDir, path));
      return name && { path: `./${name}.js`, external: true };
    });
  },
};

/** The entries that are made of others. They know no names but public ones, so none is shortened. */
async function writeAddOns() {
  const files = [];
  for (const [name, file] of Object.entries(addOns)) {
    const entryPoints = { [name]: modules(file) };
    files.push(...(await bundler()({ entryPoints, format: "esm", plugins: [apart] })));
  }
  await Promise.all(files.map(write));
  return files;
}

/** The same modules for `require()`, which share their state as the others do. */
async function writeCommonJs(files) {
  const { transform } = await import("esbuild");
  const supported = { "dynamic-import": false };
  const engine = { name: script, code: await readFile(dist(script), "utf8") };
  for (const { name, code } of [...files, engine]) {
    const made = await transform(code, { format: "cjs", target: "es2022", minify: true, supported });
    await write({ name: join("cjs", name), code: made.code.replace(/\/\/# sourceMappingURL=.*\s*$/, "") });
  }
  await writeFile(dist("cjs/package.json"), `{ "type": "commonjs" }\n`);
}

/** An import or a re-export of some names from another module, or a re-export of all. */
const fromOther = /^(?:ex|im)port (?:(?:type )?\{([^}]*)\}|\*) from "(\.[^"]+)\.js";\n/gm;

/** Stands for all names that a module exports. */
const everything = "*";

/** The entries' declarations and those that they need, with maps to the sources. */
async function writeDeclarations() {
  const files = Object.values(allEntries).map((name) => name.replace(".js", ".d.ts"));
  const needed = await neededDeclarations(files);
  for (const [name, names] of needed) {
    const path = dist(name);
    const whole = await readFile(modules(name), "utf8");
    const isNeeded = (part) => names.has(everything) || names.has(exportedName(part));
    const text = whole.replace(fromOther, (statement, parts) =>
      !parts || statement.startsWith("import") || files.includes(name)
        ? statement
        : parts.split(",").some(isNeeded)
          ? statement.replace(parts, ` ${parts.split(",").filter(isNeeded).join(",").trim()} `)
          : "",
    );
    await mkdir(dirname(path), { recursive: true });
    // Lines of which some are left out have no places in a source any more; they declare nothing themselves.
    if (text !== whole) {
      await writeFile(path, text.replace(/\/\/# sourceMappingURL=.*/, ""));
      continue;
    }
    await writeFile(path, text);
    const map = JSON.parse(await readFile(modules(`${name}.map`), "utf8"));
    const sources = map.sources.map((source) =>
      relative(dirname(path), join(dirname(modules(name)), source)).replaceAll("\\", "/"),
    );
    await writeFile(`${path}.map`, JSON.stringify({ ...map, sources }));
  }
}

const exportedName = (part) =>
  part
    .trim()
    .replace(/^type /, "")
    .split(" as ")
    .at(-1);

/** The files of declarations that some need, and which of their names, through however many others. */
async function neededDeclarations(entries) {
  const needed = new Map(entries.map((name) => [name, new Set()]));
  const waiting = [...entries];
  for (let name = waiting.pop(); name; name = waiting.pop()) {
    const text = await readFile(modules(name), "utf8");
    for (const [statement, parts, to] of text.matchAll(fromOther)) {
      const file = `${join(dirname(name), to)}.d.ts`;
      const isPassedOn = statement.startsWith("export") && !entries.includes(name);
      const mine = needed.get(name);
      const names = parts ? parts.split(",").map(exportedName) : isPassedOn ? [...mine] : [everything];
      const isWanted = (part) => part && (!isPassedOn || !parts || mine.has(everything) || mine.has(part));
      const wanted = names.filter(isWanted);
      const known = needed.get(file) ?? new Set();
      const before = known.size;
      for (const part of wanted) known.add(part);
      if (!wanted.length || (known.size === before && needed.has(file))) continue;
      needed.set(file, known);
      waiting.push(file);
    }
  }
  return needed;
}

/** What the package's command runs. */
async function writeCommand() {
  const [[name, file]] = Object.entries(command);
  const [{ code }] = await bundler()({ entryPoints: { [name]: modules(file) }, format: "esm" });
  await write({ name: `${name}.js`, code: code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n") });
}

/** For `require()`: the same types, taken over from the ES modules' declarations. */
async function writeCommonJsDeclarations() {
  for (const [entry, file] of Object.entries(allEntries)) {
    const names = Object.keys(await import(`${pathToFileURL(modules(file))}?${Date.now()}`)).sort();
    const from = `from "../${entry}.js" with { "resolution-mode": "import" };`;
    const lines = names.flatMap((name) => [
      `export declare const ${name}: typeof all.${name};`,
      // Classes are types, too.
      ...(/^[A-Z]/.test(name) ? [`export type ${name} = all.${name};`] : []),
    ]);
    const text = [`import type * as all ${from}`, `export type * ${from}`, ...lines].join("\n");
    await writeFile(dist("cjs", `${entry}.d.ts`), `${text}\n`);
  }
  await writeFile(dist("cjs/wasm/engine.d.ts"), await readFile(dist("wasm/engine.d.ts"), "utf8"));
}
