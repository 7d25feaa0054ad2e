/**
 * npm run bench: this package beside the browser's EventSource and others', in headless Chromium; writes RESULTS.md.
 *
 * What misses its target is profiled too, and the file says where the time goes.
 *
 * --quick    rough, in under three minutes
 * --smoke    only whether everything still runs and counts right
 * --host     the parser on the host instead
 * --profile CONTESTANT DATA    where a contestant of `lib/contestants.mjs` spends its time with a class of data, function by function
 */
import { writeFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, platform, release } from "node:os";
import { pathToFileURL } from "node:url";
import { at } from "../scripts/lib/paths.mjs";
import { Failure, main, run, say } from "../scripts/lib/run.mjs";
import { freePort, startServer } from "../scripts/lib/server.mjs";
import { setUp } from "../scripts/lib/setup.mjs";
import { browser } from "../scripts/lib/test-tools.mjs";
import { viteAppBytes, viteAppParts } from "../scripts/size.mjs";
import { withPage } from "./lib/chromium.mjs";
import { contestants } from "./lib/contestants.mjs";
import { classes } from "./lib/data.mjs";
import { floods } from "./lib/floods.mjs";
import { queued } from "./lib/heap.mjs";
import { host } from "./lib/host.mjs";
import { plans } from "./lib/plans.mjs";
import { peerVersions, prepare } from "./lib/prepare.mjs";
import { profile } from "./lib/profile.mjs";
import { ready } from "./lib/ready.mjs";
import { report } from "./lib/report.mjs";
import { spent } from "./lib/spent.mjs";
import { steady } from "./lib/steady.mjs";
import { measuredLoad } from "./lib/thread.mjs";

const preferredPort = 8187;

/** Measures what a plan has, prints it, and writes it down unless it only shows that everything runs. */
export async function benchmark(plan) {
  const text = report(await measure(plan), await about(plan));
  console.log(`\n${text}`);
  if (plan !== "smoke") await writeFile(at("bench/RESULTS.md"), text);
}

async function measure(name) {
  const plan = plans[name];
  return withBench(async (page, laps, folder) => {
    const load = [await measuredLoad(page)];
    const measured = {
      floods: await floods(page, laps, plan.flood),
      steady: await steady(page, plan.steady),
    };
    load.push(await measuredLoad(page));
    const waiting = await queued(page, plan.queued);
    const { ms, phases } = await ready(page, plan.ready);
    const all = { ...measured, load, queued: waiting, ready: ms, appBytes: await viteAppBytes() };
    // Last: the profiler leaves traces in the browser's process.
    const why = {
      phases,
      appParts: await viteAppParts(),
      spent: await spent(page, folder, all, plan.profile),
    };
    return { ...all, ...why };
  });
}

/** Gives `body` the page with all contestants. */
async function withBench(body) {
  const { chromium } = await browser();
  const { program, folder, laps } = await prepare();
  const server = await startServer(program, { port: await freePort(preferredPort), mounts: { "/": folder } });
  try {
    say("measuring");
    return await withPage(chromium, `${server.origin}/index.html`, "bench", (page) =>
      body(page, laps, folder),
    );
  } finally {
    await server.stop();
  }
}

async function about(plan) {
  const { chromium } = await browser();
  const { flood, steady } = plans[plan];
  return {
    plan,
    rounds: `${flood.rounds} rounds of ${flood.ms} ms, steady ${steady.rounds} of ${steady.ms} ms`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0].model}, ${availableParallelism()} processors, ${platform()} ${release()} ${arch()}`,
    chromium: (await run(chromium, ["--version"], { capture: true })).trim(),
    versions: await peerVersions(),
  };
}

async function profiled([id, data]) {
  const known = contestants.map(({ id }) => id);
  if (!known.includes(id) || !classes[data]) {
    throw new Failure(`name one of ${known.join(", ")} and one of ${Object.keys(classes).join(", ")}`);
  }
  await withBench((page, _laps, folder) => profile(page, folder, id, data));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const args = process.argv.slice(2);
    const known = ["--quick", "--smoke", "--host", "--profile"];
    const flags = args.filter((arg) => arg.startsWith("--"));
    if (flags.some((flag) => !known.includes(flag)))
      throw new Failure(`say one of ${known.join(", ")}, or nothing`);
    await setUp();
    if (flags.includes("--host")) return host({ quick: flags.includes("--quick") });
    if (flags.includes("--profile")) return profiled(args.slice(args.indexOf("--profile") + 1));
    await benchmark(flags[0]?.slice(2) ?? "full");
  });
}
