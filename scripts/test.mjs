/** npm test: runs every check, also after one failed, and ends with one line for each. --all adds the slow ones. */
import { Failure, main, say, stopAll } from "./lib/run.mjs";
import { addRustComponents, setUp } from "./lib/setup.mjs";
import { browser, wasmTools } from "./lib/test-tools.mjs";
import { quick, slow } from "./steps.mjs";

await main(async () => {
  const steps = [{ name: "set-up", run: prepare, minutes: 90 }, ...quick];
  if (process.argv.includes("--all")) steps.push(...slow);
  const all = [];
  for (const step of steps) all.push(await check(step));

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

async function prepare() {
  await setUp();
  await addRustComponents();
  // Both, whatever becomes of the first: the steps that need neither go on.
  const results = await Promise.allSettled([wasmTools(), browser()]);
  const failed = results.find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
}

async function check({ name, run, minutes = 30 }) {
  say(name);
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
    await stopAll();
    console.error(thrown instanceof Failure ? thrown.message : thrown);
  }
  clearTimeout(timer);
  return { name, error, seconds: (performance.now() - start) / 1000 };
}

function firstLine(error) {
  return String(error.message ?? error).split("\n")[0];
}
