/** Where a contestant spends its time: the functions by self time. */

/** How long it runs, in milliseconds. */
const runMs = 2000;

/** How often the profiler looks, in microseconds. */
const interval = 200;

export async function profile({ send, evaluate }, id, data) {
  const run = (laps) => evaluate(`bench.flood(${JSON.stringify(id)}, "${data}", ${laps})`);
  // Warm, and how many laps that is.
  for (let time = 0; time < 5; time++) await run(5);
  const laps = Math.ceil((5 * runMs) / (await run(5)).ms);
  await send("Profiler.enable");
  await send("Profiler.setSamplingInterval", { interval });
  await send("Profiler.start");
  const { ms, events } = await run(laps);
  const { profile } = await send("Profiler.stop");
  console.log(`${id}, ${data}: ${events} events in ${ms.toFixed(0)} ms`);
  const selfTimes = [...selfTime(profile)].sort(([, a], [, b]) => b - a);
  const whole = selfTimes.reduce((sum, [, time]) => sum + time, 0);
  for (const [name, time] of selfTimes.slice(0, 30)) {
    console.log(`${((100 * time) / whole).toFixed(1).padStart(6)} %  ${name}`);
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
