/** How long it takes from `import()` until events could come, beside the parser most peers use. */

/** Gives the milliseconds of each round. */
export async function ready({ evaluate }, { rounds }) {
  console.log("import to ready");
  const ms = { ours: [], parser: [] };
  // The first time is warm-up.
  for (let round = 0; round <= rounds; round++) {
    const both = Object.keys(ms);
    for (const who of round % 2 ? both : both.reverse()) {
      const took = await evaluate(`bench.ready("${who}")`);
      if (round) ms[who].push(took);
    }
  }
  return ms;
}
