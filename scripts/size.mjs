/** npm run size: what the package weighs, and what the users of a Vite app really download. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "./build.mjs";
import { addOns } from "./lib/entries.mjs";
import { at, root } from "./lib/paths.mjs";
import { Failure, main } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

/** The chunks that are only downloaded where they are used: how each is named, and what for. */
const chunks = [
  { prefix: "hub-", what: "worker" },
  { prefix: "script-", what: "worker, its script" },
  { prefix: "engine-", what: "without WebAssembly" },
];

const connecting = `import { connect } from "typed-eventsource";
interface Orders { orderUpdate: { status: string } }
const source = connect<Orders>("/orders/stream");
source.on("orderUpdate", (event) => console.log(event.data.status));
source.onState((state) => console.log(state.status));
`;

const dropIn = `import { EventSource } from "typed-eventsource/eventsource";
new EventSource("/orders/stream").addEventListener("orderUpdate", (event) => console.log(event.data));
`;

export async function size() {
  const inline = await readFile(at("npm/modules/wasm/inline.js"));
  const app = await viteApp(connecting);
  const lazy = chunks.map(({ prefix, what }) => {
    const chunk = app.find(({ name }) => name.startsWith(prefix));
    if (!chunk) throw new Failure(`the Vite app has no chunk ${prefix}*.js of its own`);
    return [`${what}, where used`, [chunk.code]];
  });
  const addOnRows = await Promise.all(
    Object.keys(addOns).map(async (name) => [
      `${name}, beside those`,
      [await readFile(at(`dist/${name}.js`))],
    ]),
  );
  const rows = [
    ["wasm", [await readFile(at("dist/wasm/engine.wasm"))]],
    ["wasm as shipped", [inline]],
    ["connect() in one file", [await readFile(at("dist/single.js"))]],
    ...lazy,
    ...addOnRows,
    ["a Vite app with the drop-in class", atOnce(await viteApp(dropIn))],
    ["a Vite app with both", atOnce(await viteApp(connecting + dropIn))],
    ["a Vite app that uses connect()", atOnce(app)],
  ];

  const columns = [(file) => file.length, (file) => gzipSync(file, { level: 9 }).length, brotli];
  console.log(`${"bytes, JavaScript minified".padEnd(36)}${["raw", "gzip", "brotli"].map(cell).join("")}`);
  let last;
  for (const [name, files] of rows) {
    last = columns.map((measure) => files.reduce((sum, file) => sum + measure(file), 0));
    console.log(`${name.padEnd(36)}${last.map(cell).join("")}`);
  }

  const budget = JSON.parse(await readFile(at("budget.json"), "utf8")).viteAppBrotliBytes;
  const found = last[2];
  if (found > budget)
    throw new Failure(`the Vite app downloads ${found} bytes (brotli), ${found - budget} over the budget`);
  console.log(`${found} of ${budget} bytes of the budget are used`);
}

/** What an app that uses `connect()` downloads at once, in bytes of brotli. */
export async function viteAppBytes() {
  return atOnce(await viteApp(connecting)).reduce((sum, file) => sum + brotli(file), 0);
}

/**
 * What these are, by the modules of the package and by what else is in there: how many bytes each has, minified for
 * itself, and how many fewer all would be without it, in brotli. What is alike in two of them neither is fewer for.
 */
export async function viteAppParts() {
  const { minifySync } = await import("vite");
  // As the compiler has made them: what is published is one piece.
  const chunks = await viteApp(connecting, { alias: { "typed-eventsource": at("npm/modules/index.js") } });
  const all = chunks.filter((chunk) => !isLazy(chunk)).flatMap(({ modules }) => modules);
  // As scripts: as a module, what nothing in it uses would go.
  const parts = all.map(({ id, code }) => ({
    name: /\/npm\/modules\/(.*)$/.exec(id)?.[1] ?? "the app, Vite",
    code: Buffer.from(minifySync("part.js", code, { module: false }).code),
  }));
  const together = (parts) => Buffer.concat(parts.map(({ code }) => code));
  const whole = brotli(together(parts));
  return [...new Set(parts.map(({ name }) => name))].map((name) => ({
    name,
    bytes: together(parts.filter((part) => part.name === name)).length,
    brotli: whole - brotli(together(parts.filter((part) => part.name !== name))),
  }));
}

const isLazy = ({ name }) => chunks.some(({ prefix }) => name.startsWith(prefix));
/** What an app downloads at once, of its chunks. */
const atOnce = (chunks) => chunks.filter((chunk) => !isLazy(chunk)).map(({ code }) => code);

const cell = (value) => value.toLocaleString("en").padStart(10);
const brotli = (file) => brotliCompressSync(file).length;

/** The JavaScript of an app of a few lines, built with Vite's defaults from the package as npm lays it out. */
async function viteApp(script, resolve = {}) {
  const vite = await import("vite");
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-size-"));
  const { NODE_ENV } = process.env;
  try {
    await mkdir(join(folder, "node_modules"));
    await symlink(root, join(folder, "node_modules", "typed-eventsource"), "junction");
    await writeFile(join(folder, "index.html"), `<script type="module" src="/app.ts"></script>`);
    await writeFile(join(folder, "app.ts"), script);
    const { output } = await vite.build({ root: folder, configFile: false, logLevel: "warn", resolve });
    return output
      .filter(({ type }) => type === "chunk")
      .map(({ fileName, code, modules }) => ({
        name: basename(fileName),
        code: Buffer.from(code),
        modules: Object.entries(modules).map(([id, { code }]) => ({ id, code: code ?? "" })),
      }));
  } finally {
    // Vite sets it, and what is started after this would take itself to be in production.
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
    await rm(folder, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp();
    await build();
    await size();
  });
}
