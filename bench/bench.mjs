/**
 * npm run bench: this package beside the browser's EventSource and others', in headless Chromium; writes RESULTS.md.
 *
 * What misses its target is profiled too, and the file says where the time goes.
 *
 * --quick    rough, in a few minutes
 * --smoke    only whether everything still runs and counts right
 * --host     the parser on the host instead
 * --only GROUPS    some groups alone, such as `cold,first`; prints them, and writes nothing
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
import { insistOnQuiet, lookAround, tries } from "./lib/busy.mjs";
import { withPage } from "./lib/chromium.mjs";
import { cold } from "./lib/cold.mjs";
import { contestants } from "./lib/contestants.mjs";
import { classes } from "./lib/data.mjs";
import { first } from "./lib/first.mjs";
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

const preferredPort = 8187;

/** In this order: whatever changes the page or the browser comes later. */
const groups = {
  floods: async ({ page, laps, plan }) => ({ floods: await floods(page, laps, plan.flood) }),
  steady: async ({ page, plan }) => ({ steady: await steady(page, plan.steady) }),
  cold: async ({ page, laps, plan }) => ({ cold: await cold(page, laps, plan.cold) }),
  first: async ({ page, plan }) => ({ first: await first(page, plan.first) }),
  queued: async ({ page, plan }) => ({ queued: await queued(page, plan.queued) }),
  ready: async ({ page, plan }) => {
    const { ms, phases } = await ready(page, plan.ready);
    return { ready: ms, phases };
  },
  size: async () => ({ appBytes: await viteAppBytes(), appParts: await viteAppParts() }),
};

/**
 * Measures what a plan has, prints it, and writes it down unless it only shows that everything runs. With `only`, the names
 * of some groups, it measures these, and writes nothing.
 */
export async function benchmark(plan, only) {
  const text = report(await measure(plan, only), await about(plan, only));
  console.log(`\n${text}`);
  if (plan !== "smoke" && !only) await writeFile(at("bench/RESULTS.md"), text);
}

async function measure(name, only) {
  const plan = plans[name];
  const names = only ?? Object.keys(groups);
  return withBench(async (page, laps, folder) => {
    const insists = plan.insists && !only;
    const look = () => lookAround(page);
    const quiet = (count, when) => (insists ? insistOnQuiet(look, count, when) : look());
    const measured = { load: [await quiet(tries.before, "before anything was measured")] };
    for (const group of names) {
      Object.assign(measured, await groups[group]({ page, laps, plan }));
      // What has run beside a group mostly still runs after it.
      if (insists || group === names.at(-1))
        measured.load.push(await quiet(tries.between, `after the group ${group}`));
    }
    if (only) return { ...measured, spent: [] };
    // Last: the profiler leaves traces in the browser's process.
    return { ...measured, spent: await spent(page, folder, measured, plan.profile) };
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

async function about(plan, only) {
  const { chromium } = await browser();
  const { flood, steady, cold, first } = plans[plan];
  return {
    plan,
    only,
    rounds: `${flood.rounds} rounds of ${flood.ms} ms, steady ${steady.rounds} of ${steady.ms} ms, cold ${cold.rounds}, first event ${first.rounds}`,
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

function named(text = "") {
  const names = text.split(",");
  const known = Object.keys(groups);
  if (names.every((name) => known.includes(name))) return known.filter((name) => names.includes(name));
  throw new Failure(`name some of the groups ${known.join(", ")}, with commas between them`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const args = process.argv.slice(2);
    const known = ["--quick", "--smoke", "--host", "--only", "--profile"];
    const flags = args.filter((arg) => arg.startsWith("--"));
    if (flags.some((flag) => !known.includes(flag)))
      throw new Failure(`say one of ${known.join(", ")}, or nothing`);
    const after = (flag) => args.slice(args.indexOf(flag) + 1);
    const only = flags.includes("--only") ? named(after("--only")[0]) : undefined;
    await setUp();
    if (flags.includes("--host")) return host({ quick: flags.includes("--quick") });
    if (flags.includes("--profile")) return profiled(after("--profile"));
    const plan = ["quick", "smoke"].find((plan) => flags.includes(`--${plan}`));
    await benchmark(plan ?? "full", only);
  });
}
