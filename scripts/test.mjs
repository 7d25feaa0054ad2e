/**
 * npm test: runs every check, also after one failed, and ends with one line for each. --all adds the slow ones, several at a
 * time. --step NAME runs one.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, main, say, start, stop, stopAll } from "./lib/run.mjs";
import { addRustComponents, setUp } from "./lib/setup.mjs";
import { browser, wasmTools } from "./lib/test-tools.mjs";
import { lanes, last, quick } from "./steps.mjs";

const setUpStep = { name: "set-up", run: prepare, minutes: 90 };

await main(async () => {
  const option = process.argv.indexOf("--step");
  const all =
    option < 0
      ? await checkAll(process.argv.includes("--all"))
      : [await check(named(process.argv[option + 1]))];

  console.log("");
  for (const { name, error, seconds } of all) {
    const result = error ? "FAILED" : "ok";
    console.log(
      `${result.padEnd(6)} ${seconds.toFixed(1).padStart(7)} s  ${name}${error ? `: ${firstLine(error)}` : ""}`,
    );
  }
  const failed = all.filter(({ error }) => error).length;
  console.log(`${all.length - failed} passed, ${failed} failed`);
  // A step that was given up may still hold something open.
  process.exit(failed ? 1 : 0);
});

async function checkAll(slowToo) {
  const all = await inOrder([setUpStep, ...quick], check);
  if (!slowToo) return all;
  const slow = await Promise.all(lanes.map((steps) => inOrder(steps, checkApart)));
  return [...all, ...slow.flat(), ...(await inOrder(last, check))];
}

function named(name) {
  const steps = [...quick, ...lanes.flat(), ...last];
  const step = steps.find((step) => step.name === name);
  if (!step) throw new Failure(`${name} is none of the steps: ${steps.map(({ name }) => name).join("; ")}`);
  return step;
}

async function inOrder(steps, check) {
  const all = [];
  for (const step of steps) all.push(await check(step));
  return all;
}

async function prepare() {
  await setUp();
  await addRustComponents();
  // Both, whatever becomes of the first: the steps that need neither go on.
  const results = await Promise.allSettled([wasmTools(), browser()]);
  const failed = results.find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
}

/** A step in this process, with nothing beside it: a failure ends whatever it has started. */
async function check(step) {
  say(step.name);
  return judged(step, step.run, async (error) => {
    await stopAll();
    console.error(error instanceof Failure ? error.message : error);
  });
}

/** A step in a process of its own, beside others. What it says is shown in one piece, once it is over. */
async function checkApart(step) {
  say(`begins: ${step.name}`);
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  const file = join(folder, "output");
  const output = createWriteStream(file);
  await new Promise((resolve) => output.once("open", resolve));
  const child = start(process.execPath, [fileURLToPath(import.meta.url), "--step", step.name], {
    stdio: ["ignore", output, output],
  });
  try {
    return await judged(
      step,
      async () => {
        const code = await new Promise((resolve, reject) =>
          child.once("close", resolve).once("error", reject),
        );
        if (code !== 0) throw new Failure("its output says why");
      },
      () => stop(child, 30_000),
    );
  } finally {
    process.stdout.write(await readFile(file, "utf8"));
    await rm(folder, { recursive: true });
  }
}

async function judged({ name, minutes = 30 }, run, failed) {
  const start = performance.now();
  let timer;
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failure(`took longer than ${minutes} minutes`)), minutes * 60_000);
  });
  let error;
  try {
    await Promise.race([run(), tooLong]);
  } catch (thrown) {
    error = thrown;
    await failed(error);
  }
  clearTimeout(timer);
  return { name, error, seconds: (performance.now() - start) / 1000 };
}

function firstLine(error) {
  return String(error.message ?? error).split("\n")[0];
}
