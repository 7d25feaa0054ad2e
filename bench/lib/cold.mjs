/** The first events of a page: nothing is warm, and each run has a fresh page. */
import { inCold } from "./contestants.mjs";
import { classes, randomNumbers, streamOf } from "./data.mjs";
import { check } from "./floods.mjs";
import { shuffled } from "./statistics.mjs";

/** With which classes of data, and how many events. */
export const coldData = ["40b", "100b-ids"];
export const coldCounts = [5000, 40_000];

/**
 * Gives, for each class of data, each count and each contestant, the events per millisecond of each round, from the call
 * that opens the stream on: what an engine takes to start counts.
 */
export async function cold(page, laps, { rounds }) {
  const random = randomNumbers(4);
  const rates = {};
  for (const data of coldData) {
    rates[data] = {};
    for (const count of coldCounts) {
      console.log(`cold: ${classes[data].name}, the first ${count.toLocaleString("en")} events`);
      const { url, sum } = streamOf(data, laps[data], count);
      const found = Object.fromEntries(inCold.map(({ id }) => [id, []]));
      for (let round = 0; round < rounds; round++) {
        for (const { id, module } of shuffled(inCold, random)) {
          const result = await page.fresh(`fresh/${module}/fresh.html`, async ({ evaluate }) => {
            await evaluate("fresh.load()");
            return evaluate(`fresh.flood(${JSON.stringify(id)}, ${JSON.stringify(url)})`);
          });
          check(id, data, { events: count, sum }, result);
          found[id].push(count / result.ms);
        }
      }
      rates[data][count] = found;
    }
  }
  return rates;
}
