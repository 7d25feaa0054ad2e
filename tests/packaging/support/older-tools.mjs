/** Tools of before, and their defaults: they are installed apart, since nothing else here needs them. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unlessFresh } from "../../../scripts/lib/fresh.mjs";
import { npm } from "../../../scripts/lib/setup.mjs";
import { root } from "./package.mjs";

const folder = join(root, "tests/packaging/tools");

/** Installs them unless they are; gives the folder of one. */
export async function olderTool(name) {
  const files = {
    inputs: [join(folder, "package-lock.json")],
    outputs: [join(folder, "node_modules/.package-lock.json")],
  };
  await unlessFresh("older-tools", files, async () => {
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await npm(["ci", "--prefix", folder, ...quiet], { cwd: folder, capture: true });
  });
  return join(folder, "node_modules", name);
}

/** The file of its program. */
export async function olderProgram(name) {
  const tool = await olderTool(name);
  const { bin } = JSON.parse(await readFile(join(tool, "package.json"), "utf8"));
  return join(tool, typeof bin === "string" ? bin : bin[name]);
}
