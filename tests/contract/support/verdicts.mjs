/** Prints what validators say of mutations: those that they take although serde refuses them, and the other way round. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
const { Rich } = await import(pathToFileURL(join(folder, "validators.mjs")));
const { refused, taken } = JSON.parse(await readFile(join(folder, "mutations.json"), "utf8"));

const passes = ([type, data]) => !Rich[type]["~standard"].validate(JSON.parse(data)).issues;
const wrong = { taken: refused.filter(passes), refused: taken.filter((event) => !passes(event)) };
console.log(JSON.stringify({ counts: [refused.length, taken.length], wrong }));
