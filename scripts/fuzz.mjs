/** npm run fuzz -- 60: looks for inputs that break the protocol, for so many seconds with each target. */
import { existsSync } from "node:fs";
import { cp, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { writeSeeds } from "../fuzz/seeds.mjs";
import { fuzzTools } from "./lib/fuzz-tools.mjs";
import { at, root } from "./lib/paths.mjs";
import { Failure, main, run, say, start } from "./lib/run.mjs";

const targets = ["parser", "connection"];

const limits = [
  // In seconds, for one input; most take microseconds.
  "-timeout=10",
  // In bytes. Longer inputs cost tries and reach nothing else.
  "-max_len=512",
];

const corpus = (target) => at("fuzz/corpus", target);
/** What earlier runs found goes on from there, until `cargo clean`. */
const found = (...parts) => resolve(root, process.env.CARGO_TARGET_DIR || "target", "fuzz", ...parts);

// Without a sanitizer: there is no unsafe code to watch, and twice as many inputs are tried.
const project = ["--fuzz-dir", at("fuzz"), "--sanitizer", "none"];

/** Runs every target for so many seconds; one that fails does not keep the others from their turn. */
export async function fuzz(seconds) {
  const tools = await fuzzTools();
  say("building the fuzz targets");
  await run(tools.cargoFuzz, ["fuzz", "build", ...project], { env: tools.env, name: "cargo fuzz build" });
  const failures = [];
  for (const target of targets) {
    await mkdir(found(target), { recursive: true });
    if (target === "parser") await writeSeeds(found(target));
    say(`fuzzing: ${target}, ${seconds} s`);
    const words = at("fuzz", `${target}.dict`);
    const flags = [`-max_total_time=${seconds}`, ...limits, ...(existsSync(words) ? [`-dict=${words}`] : [])];
    const log = await runTarget(tools, target, [found(target), corpus(target)], flags).catch((error) => {
      if (!(error instanceof Failure)) throw error;
      failures.push(error.message);
    });
    if (!log) continue;
    const done = log.match(/^#(\d+)\s+DONE\s+cov: (\d+)/m);
    // A fuzzer that ran nothing found nothing.
    if (!done) throw new Failure(`${target}: the fuzzer does not say what it did; see ${logOf(target)}`);
    console.log(`${done[1]} inputs, ${done[2]} edges reached, nothing broke`);
  }
  if (failures.length) throw new Failure(failures.join("\n"));
}

/** Replaces the inputs in the repository by as few as reach all the code that any input reached. */
async function keep() {
  const tools = await fuzzTools();
  for (const target of targets) {
    const fewest = found(`${target}-fewest`);
    await rm(fewest, { recursive: true, force: true });
    await mkdir(fewest, { recursive: true });
    // By code reached, not by how often: that would keep hundreds.
    await runTarget(
      tools,
      target,
      [fewest, found(target), corpus(target)],
      ["-set_cover_merge=1", "-use_counters=0"],
    );
    await rm(corpus(target), { recursive: true });
    await cp(fewest, corpus(target), { recursive: true });
    say(`${target}: keeping ${(await readdir(fewest)).length} inputs in fuzz/corpus/${target}`);
  }
}

const logOf = (target) => found(`${target}.log`);

/** Runs a target and gives what it printed; that is long, so only what matters of a failure is shown. */
async function runTarget({ cargoFuzz, env }, target, folders, flags) {
  const file = await open(logOf(target), "w");
  const args = ["fuzz", "run", ...project, target, ...folders, "--", ...flags];
  const child = start(cargoFuzz, args, { env, stdio: ["ignore", file.fd, file.fd] });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  await file.close();
  const log = await readFile(logOf(target), "utf8");
  if (code === 0) return log;

  const lines = log.split("\n");
  const failure = lines.findIndex((line) => /panicked at|ERROR: libFuzzer/.test(line));
  console.error(
    lines
      .slice(failure < 0 ? -40 : failure)
      .slice(0, 40)
      .join("\n"),
  );
  const input = log.match(/Test unit written to (\S+)/)?.[1];
  if (!input) throw new Failure(`${target}: the fuzzer could not run (${code}); see ${logOf(target)}`);
  const shown = input.slice(input.indexOf("fuzz/artifacts/"));
  throw new Failure(
    `${target} breaks on ${shown}; to see it again: ` +
      `cp ${shown} fuzz/corpus/${target}/ && cargo test --test fuzz_corpus ${target}`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const args = process.argv.slice(2);
    const numbers = args.filter((arg) => arg !== "--keep");
    const seconds = Number(numbers[0] ?? 60);
    if (numbers.length > 1 || !Number.isSafeInteger(seconds) || seconds < 1) {
      throw new Failure("say how long in whole seconds: npm run fuzz -- 60, or npm run fuzz -- 60 --keep");
    }
    await fuzz(seconds);
    if (args.includes("--keep")) await keep();
  });
}
