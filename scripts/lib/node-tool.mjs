/** The programs that npm dependencies bring, run by this Node, without a shell in between. */
import { readFile } from "node:fs/promises";
import { at } from "./paths.mjs";
import { run } from "./run.mjs";

/** Runs the program `name` of the package `from`. */
export async function nodeTool(from, name, args, options) {
  const { bin } = JSON.parse(await readFile(at("node_modules", from, "package.json"), "utf8"));
  const file = typeof bin === "string" ? bin : bin[name];
  return run(process.execPath, [at("node_modules", from, file), ...args], { name, ...options });
}

export const tsc = (args, options) => nodeTool("typescript", "tsc", args, options);
export const vite = (args, options) => nodeTool("vite", "vite", args, options);
export const biome = (args, options) => nodeTool("@biomejs/biome", "biome", args, options);
export const wasmOpt = (args, options) => nodeTool("binaryen", "wasm-opt", args, options);
