/** The engine as JavaScript, made of its wasm, for where there is no WebAssembly. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeTool, wasmOpt } from "./node-tool.mjs";
import { Failure } from "./run.mjs";

/** What the wasm uses. The section that says so is stripped already. */
const features = [
  "bulk-memory",
  "bulk-memory-opt",
  "nontrapping-float-to-int",
  "sign-ext",
  "mutable-globals",
].map((name) => `--enable-${name}`);

/**
 * Conversions that saturate, which JavaScript has no word for. The tool's own lowering of them gives 0 beyond the limits,
 * and infinity, which stands for never, would come at once.
 */
const saturating = { i32: 2 ** 32, i64: 2 ** 64 };
const saturatingFunction = ([type, limit]) => `
  (func $${type}.saturating (param $x f64) (result ${type})
    (if (result ${type}) (f64.ge (local.get $x) (f64.const ${limit}))
      (then (${type}.const -1))
      (else (if (result ${type}) (f64.gt (local.get $x) (f64.const 0))
        (then (${type}.trunc_f64_u (local.get $x)))
        (else (${type}.const 0))))))`;

/** Writes `engine.js` and its types into a folder. The same wasm gives the same script, byte for byte. */
export async function writeJsEngine(wasm, folder) {
  const doc =
    "/** The engine as JavaScript, for where there is no WebAssembly: gives an instance with its exports. */";
  await writeFile(join(folder, "engine.js"), `${doc}\n${await minified(moduleOf(await converted(wasm)))}`);
  await writeFile(join(folder, "engine.d.ts"), `${doc}\nexport declare const engine: () => object;\n`);
}

/** What wasm2js makes of it. */
async function converted(wasm) {
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  try {
    const text = join(folder, "engine.wat");
    const lowered = join(folder, "lowered.wasm");
    const script = join(folder, "engine.js");
    const lowering = ["--llvm-memory-copy-fill-lowering", "--signext-lowering"];
    await wasmOpt([wasm, "--emit-text", "-o", text, ...features, ...lowering]);
    await writeFile(text, trapping(await readFile(text, "utf8")));
    await wasmOpt([text, "-o", lowered, "-Oz"]);
    await nodeTool("binaryen", "wasm2js", [lowered, "-o", script, "-Oz"]);
    return await readFile(script, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A module's text without conversions that saturate. */
function trapping(text) {
  const called = text.replace(/\((i32|i64)\.trunc_sat_f64_u\b/g, "(call $$$1.saturating");
  const left = called.match(/\w+\.trunc_sat_\w+/);
  if (left) throw new Failure(`the engine has an instruction that its JavaScript lacks: ${left}`);
  const functions = Object.entries(saturating).map(saturatingFunction).join("");
  return called.replace(/\)\s*$/, `${functions}\n)\n`);
}

/** The module with its one instance, which is made on import, as a function that makes one, and needs nothing around it. */
function moduleOf(script) {
  const [head, ...rest] = script.split("\nvar retasmFunc = asmFunc({\n});\n");
  if (rest.length !== 1 || /^\s*import\b/m.test(head))
    throw new Failure("wasm2js writes another module than expected");
  // Memory that cannot grow any further has to say so, as in wasm: binaryen's says that it grew.
  const grown = head.split("return oldPages;");
  if (grown.length !== 2) throw new Failure("wasm2js grows the memory otherwise than expected");
  const body = grown.join("return newPages < 65536 ? oldPages : -1;");
  return `export const engine = () => {\n${body}\nreturn asmFunc();\n};\n`;
}

async function minified(script) {
  const { transform } = await import("esbuild");
  return (await transform(script, { minify: true, format: "esm", target: "es2022" })).code;
}
