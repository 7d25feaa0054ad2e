/** The parser on the host, beside others: what `parser/` measures. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cargo } from "../../scripts/lib/cargo.mjs";
import { at } from "../../scripts/lib/paths.mjs";
import { say } from "../../scripts/lib/run.mjs";
import { classes, writeStreams } from "./data.mjs";
import { benchCargo } from "./prepare.mjs";

const parsers = ["typed-eventsource", "naive", "eventsource-stream"];

export async function host({ quick }) {
  const folder = at("bench/dist");
  const laps = await writeStreams(folder);
  say("measuring the parser");
  const env = { ...benchCargo.env, BENCH_STREAMS: join(folder, "streams") };
  const options = quick ? ["--", "--quick"] : [];
  const args = ["bench", ...benchCargo.args, "--package", "typed-eventsource-bench-parser", ...options];
  await cargo(args, { env });
  console.log(`\n${"MB/s".padEnd(20)}${parsers.map((parser) => parser.padStart(20)).join("")}`);
  for (const [data, { name }] of Object.entries(classes)) {
    const cells = [];
    for (const parser of parsers) {
      const file = join(benchCargo.env.CARGO_TARGET_DIR, "criterion", parser, data, "new", "estimates.json");
      const { median } = JSON.parse(await readFile(file, "utf8"));
      cells.push((laps[data].bytes / (median.point_estimate / 1000)).toFixed(0).padStart(20));
    }
    console.log(`${name.padEnd(20)}${cells.join("")}`);
  }
}
