/** The parsing vectors as inputs of the target `parser`: a fuzzer that knows the field names starts far ahead. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { at } from "../scripts/lib/paths.mjs";

/** Larger ones only slow a fuzzer down. */
const largest = 512;

/** Writes a file for each connection of the vectors. */
export async function writeSeeds(folder) {
  const vectors = JSON.parse(await readFile(at("tests/vectors-standard.json"), "utf8"));
  await mkdir(folder, { recursive: true });
  for (const [number, { chunks, then = [] }] of vectors.entries()) {
    for (const [connection, pieces] of [chunks, ...then].entries()) {
      const input = seed(pieces.map(bytes));
      if (input.length <= largest) await writeFile(join(folder, `vector-${number}-${connection}`), input);
    }
  }
}

/** Laid out as src/parser.rs reads it: the lengths of the chunks, no limit, no last event ID, the stream. */
function seed(chunks) {
  const lengths = chunks.length > 1 ? chunks.map((chunk) => chunk.length) : [];
  const noLimit = 0;
  const noId = 0;
  return Buffer.concat([Buffer.from([lengths.length, noLimit, noId, ...lengths]), ...chunks]);
}

/** A chunk in the notation of the vectors. */
function bytes(chunk) {
  if (typeof chunk === "string") return Buffer.from(chunk);
  if (chunk.base64) return Buffer.from(chunk.base64, "base64");
  if (chunk.join) return Buffer.concat(chunk.join.map(bytes));
  return Buffer.from(chunk.repeat.repeat(chunk.times));
}
