/** What events that wait take: V8's heap and Blink's, after everything that can be let go of is gone. */

import { classes } from "./data.mjs";

const data = "100b";

/** How many laps of 4,000 events wait. */
const laps = 5;

/** Gives the bytes per event of each round, for the browser's events and for ours. */
export async function queued({ send, evaluate, reload }, { rounds }) {
  console.log("heap of queued events");
  const used = async () => {
    // Some is only let go of by the next collection.
    for (let time = 0; time < 3; time++) await send("HeapProfiler.collectGarbage");
    const { usedSize, embedderHeapUsedSize } = await send("Runtime.getHeapUsage");
    return usedSize + embedderHeapUsedSize;
  };
  // No heap shows the text of the browser's events until somebody looks at it: its characters, a byte each, are added.
  const hidden = { native: classes[data].bytes, ours: 0 };
  const bytes = { native: [], ours: [] };
  for (let round = 0; round < rounds; round++) {
    for (const who of Object.keys(bytes)) {
      // What others leave, and what the first run takes for good, is not what events take.
      await reload();
      for (const id of ["native", "ours-fetch"]) await evaluate(`bench.flood("${id}", "${data}", 1)`);
      const before = await used();
      const count = await evaluate(`bench.queued.${who}("${data}", ${laps})`);
      bytes[who].push(((await used()) - before) / count + hidden[who]);
    }
  }
  return bytes;
}
