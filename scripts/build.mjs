/** npm run build: leaves the npm package in dist/. */

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "./lib/bundle.mjs";
import { cargoArtifact, wasmTarget } from "./lib/cargo.mjs";
import { unlessFresh } from "./lib/fresh.mjs";
import { writeJsEngine } from "./lib/js-engine.mjs";
import { tsc, wasmOpt } from "./lib/node-tool.mjs";
import { at } from "./lib/paths.mjs";
import { Failure, main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

const engine = at("dist/wasm/engine.wasm");

export async function build() {
  say("building the wasm engine");
  const wasm = await compileEngine();
  const tools = [at("package-lock.json"), at("scripts/build.mjs"), at("scripts/lib/js-engine.mjs")];

  const wroteEngine = await unlessFresh(
    "engine",
    { inputs: [wasm, ...tools], outputs: [at("dist/wasm"), at("npm/modules/wasm")] },
    () => writeEngine(wasm),
  );
  const bundler = ["bundle", "entries", "internal-names"].map((name) => at(`scripts/lib/${name}.mjs`));
  const typescript = [at("npm/src"), at("npm/tsconfig.json"), at("npm/modules/wasm"), ...bundler];
  const wroteTypeScript = await unlessFresh(
    "typescript",
    { inputs: [...typescript, ...tools], outputs: [at("dist"), at("npm/modules")] },
    () => compileTypeScript(),
  );
  console.log(wroteEngine || wroteTypeScript ? "the npm package is in dist/" : "dist/ is up to date");
}

/** Some more inlining than for size alone: less to call is also less to download. Found by trying, compressed. */
const inlining = "-Cllvm-args=-inline-threshold=25";

/**
 * Compiles Rust's core library along: a panic in it is a bare trap then, where the one that comes compiled puts its
 * message together first. That is 4 % of the wasm. Cargo calls it unstable, so a Rust to come may refuse it.
 */
const leanCore = {
  args: ["-Zbuild-std=core,alloc", "-Zbuild-std-features=optimize_for_size"],
  env: { RUSTC_BOOTSTRAP: "1", RUSTFLAGS: `-Zunstable-options -Cpanic=immediate-abort ${inlining}` },
};

async function compileEngine() {
  const args = ["build", "--package", "typed-eventsource-engine", "--profile", "npm", "--target", wasmTarget];
  const { filenames } = await cargoArtifact([...args, ...leanCore.args], { env: leanCore.env }).catch(
    (error) => {
      // Ended from outside, it must not begin anew.
      if (typeof error.ended !== "number") throw error;
      say("trying without Rust's core library compiled along: the wasm gets 4 % larger");
      return cargoArtifact(args);
    },
  );
  const wasm = filenames.find((name) => name.endsWith(".wasm"));
  if (!wasm) throw new Failure("cargo built no wasm of the engine");
  return wasm;
}

async function writeEngine(wasm) {
  for (const folder of [at("dist/wasm"), at("npm/modules/wasm")]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  }
  say("making the wasm small");
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  // The features come from the section that is stripped last. Flat code has more to find in a second round.
  // An order that does not depend on where it is built also compresses better: what belongs together is alike.
  // What stands between was found by trying, measured after compression.
  const passes = [
    ...["--flatten", "--rereloop", "--gufa-optimizing", "--rse", "--precompute-propagate"],
    ...["-Os", "-Oz", "-Oz", "--converge", "--tuple-optimization", "--coalesce-locals"],
    ...["--reorder-functions-by-name", "--directize", "--reorder-locals"],
  ];
  await writeFile(engine, await ownExports(await readFile(wasm)));
  await wasmOpt([engine, "-o", engine, "--detect-features", ...passes, ...strip]);
  await writeInline();
  say("making JavaScript of the wasm");
  for (const folder of [at("dist/wasm"), at("npm/modules/wasm")]) await writeJsEngine(engine, folder);
}

/** The wasm without what the linker exports of its own accord: where its data ends concerns nobody. */
async function ownExports(wasm) {
  const { default: binaryen } = await import("binaryen");
  // The functions' names, by which they are put in order.
  binaryen.setDebugInfo(true);
  const module = binaryen.readBinary(wasm);
  for (const name of ["__data_end", "__heap_base"]) module.removeExport(name);
  return module.emitBinary();
}

/**
 * The wasm as a module, so that it needs neither a bundler's plugin nor a URL: a string of printable ASCII, since a page may
 * take a bundle for any encoding, with a character for each byte below 92, of which wasm is made most, and two for
 * others. Quotes and control characters are left out. Compressed, as servers send it, it is hardly larger than the
 * wasm itself; base64, also of deflated bytes, is.
 */
async function writeInline() {
  const bytes = await readFile(engine);
  const leads = ["", "!", " "];
  const character = (byte) => leads[Math.floor(byte / 92)] + String.fromCharCode(35 + (byte % 92));
  const text = Array.from(bytes, character).join("");
  const doc = "/** The engine's wasm, as printable characters. */";
  const literal = text.replaceAll("\\", "\\\\");
  await writeFile(at("npm/modules/wasm/inline.js"), `${doc}\nexport const wasm = "${literal}";\n`);
}

/** Compiles module by module, for tests and profiles; what is published is made of that. */
async function compileTypeScript() {
  say("compiling the TypeScript");
  // What a removed source once became must neither be tested nor published.
  for (const folder of [at("npm/modules"), at("dist")]) {
    for (const name of await readdir(folder)) {
      if (name !== "wasm") await rm(join(folder, name), { recursive: true });
    }
  }
  await tsc(["--project", at("npm/tsconfig.json")]);
  say("making the npm package of it");
  await bundle();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp();
    await build();
  });
}
