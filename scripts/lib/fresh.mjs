/** Leaves out work whose inputs and outputs are, byte for byte, those of the last time. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { at, root } from "./paths.mjs";

/**
 * Runs `work` unless nothing changed since it last succeeded. `inputs` and `outputs` are files or folders.
 * The outputs count too: a half-written or deleted one is written again. Returns whether it worked.
 */
export async function unlessFresh(name, { inputs, outputs, ignore = [] }, work) {
  const record = at("node_modules/.cache/typed-eventsource", `${name}.json`);
  const fingerprint = async () => ({ inputs: await hash(inputs, ignore), outputs: await hash(outputs, []) });
  const known = await readFile(record, "utf8").catch(() => "");
  if (known === JSON.stringify(await fingerprint())) return false;
  await work();
  await mkdir(dirname(record), { recursive: true });
  await writeFile(record, JSON.stringify(await fingerprint()));
  return true;
}

async function hash(paths, ignore) {
  const all = createHash("sha256");
  for (const path of paths) {
    for (const file of await filesIn(path, ignore)) {
      const content = createHash("sha256").update(await readFile(file));
      all.update(`${relative(root, file)}\0${content.digest("hex")}\n`);
    }
  }
  return all.digest("hex");
}

/** The files at or below a path, in a fixed order; none if there is nothing. */
async function filesIn(path, ignore) {
  if (ignore.includes(path)) return [];
  const found = await stat(path).catch(() => undefined);
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).sort();
  return (await Promise.all(names.map((name) => filesIn(join(path, name), ignore)))).flat();
}
