/** Where a contestant spends its time: a CPU profile, of everything that has been compiled since the page was loaded. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { grouped, groupOfLines } from "./groups.mjs";

/** How often the profiler looks, in microseconds. */
const interval = 200;

/** How long a contestant runs that is looked at alone, in milliseconds. */
const aloneMs = 2000;

/** As many events as can be read, for so many milliseconds; gives the profile, and how many events came. */
export async function floodProfile(page, id, data, ms) {
  const run = (laps) => page.evaluate(`bench.flood(${JSON.stringify(id)}, "${data}", ${laps})`);
  let laps = 1;
  const warmUp = async () => {
    // What is compiled late would count as slow.
    for (let left = 2 * ms; left > 0; ) {
      const took = (await run(laps)).ms;
      left -= took;
      laps = Math.min(Math.ceil((laps * ms) / took), laps * 8);
    }
  };
  return profiled(page, warmUp, () => run(laps));
}

/** So many events a second, for so many milliseconds; gives the profile, and how many events came. */
export async function steadyProfile(page, id, rate, ms) {
  const count = async () => (await page.evaluate("bench.countSteady()")).events;
  const warmUp = async () => {
    await page.evaluate(`bench.startSteady(${JSON.stringify(id)}, "100b", ${rate})`);
    await sleep(ms / 2);
  };
  const found = await profiled(page, warmUp, async () => {
    const before = await count();
    await sleep(ms);
    return { events: (await count()) - before };
  });
  await page.evaluate("bench.stopSteady()");
  return found;
}

/**
 * The profiler runs from the first line on, or what is compiled before could not tell which functions were inlined
 * into it; what it has seen of the warm-up is thrown away.
 */
async function profiled({ send, evaluate, reload }, warmUp, body) {
  await reload();
  await send("Profiler.enable");
  await send("Profiler.setSamplingInterval", { interval });
  await send("Profiler.start");
  await warmUp();
  await send("Profiler.stop");
  await evaluate("gc()");
  await send("Profiler.start");
  const { events } = await body();
  const { profile } = await send("Profiler.stop");
  await send("Profiler.disable");
  return { profile, events };
}

/** What the lines of the page's scripts are there for. */
export async function linesIn(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".js"));
  const script = async (name) => [name, await readFile(join(folder, name), "utf8")];
  return groupOfLines(Object.fromEntries(await Promise.all(names.map(script))));
}

/** Prints the functions by self time, and the groups. */
export async function profile(page, folder, id, data) {
  const { profile, events } = await floodProfile(page, id, data, aloneMs);
  console.log(`${id}, ${data}: ${events} events`);
  show(selfTime(profile), events);
  console.log();
  show(Object.entries(grouped(profile, await linesIn(folder))), events);
}

function show(times, events) {
  const sorted = [...times].filter(([, time]) => time).sort(([, a], [, b]) => b - a);
  const whole = sorted.reduce((sum, [, time]) => sum + time, 0);
  for (const [name, time] of sorted.slice(0, 30)) {
    const percent = ((100 * time) / whole).toFixed(1).padStart(6);
    console.log(`${percent} %${(time / events).toFixed(3).padStart(9)} µs  ${name}`);
  }
}

/** The microseconds that each function was on top of the stack. */
function selfTime({ nodes, samples, timeDeltas }) {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.split("/").at(-1);
      return [id, `${functionName || "(anonymous)"}${file ? `  ${file}:${lineNumber + 1}` : ""}`];
    }),
  );
  const times = new Map();
  samples.forEach((id, at) => {
    const name = names.get(id);
    times.set(name, (times.get(name) ?? 0) + timeDeltas[at]);
  });
  return times;
}
