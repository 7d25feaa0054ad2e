/** How long it takes from `import()` until events could come, beside the parser most peers use. */

/** Gives the milliseconds of each round, and the phases they are made of. */
export async function ready({ evaluate }, { rounds }) {
  console.log("import to ready");
  const ms = { ours: [], parser: [] };
  const phases = { ours: [], parser: [] };
  // The first time is warm-up.
  for (let round = 0; round <= rounds; round++) {
    const both = Object.keys(ms);
    for (const who of round % 2 ? both : both.reverse()) {
      const took = await evaluate(`bench.ready("${who}")`);
      if (!round) continue;
      ms[who].push(took.ms);
      phases[who].push(took.phases);
    }
  }
  return { ms, phases };
}
