/** The first events of a page: nothing is warm, and each run has a fresh page. */
import { inCold } from "./contestants.mjs";
import { classes, randomNumbers, streamOf } from "./data.mjs";
import { check } from "./floods.mjs";
import { shuffled } from "./statistics.mjs";
import { threadMs } from "./thread.mjs";

/** With which classes of data, and how many events. */
export const coldData = ["40b", "100b-ids"];
export const coldCounts = [5000, 40_000];

/**
 * Gives, for each class of data, each count and each contestant, the events per millisecond of each round, from the call
 * that opens the stream on, and the microseconds that the main thread worked for each event. What an engine takes to start
 * counts.
 */
export async function cold(page, laps, { rounds }) {
  const random = randomNumbers(4);
  const rates = {};
  const thread = {};
  for (const data of coldData) {
    rates[data] = {};
    thread[data] = {};
    for (const count of coldCounts) {
      console.log(`cold: ${classes[data].name}, the first ${count.toLocaleString("en")} events`);
      const lists = () => Object.fromEntries(inCold.map(({ id }) => [id, []]));
      rates[data][count] = lists();
      thread[data][count] = lists();
      const { url, sum } = streamOf(data, laps[data], count);
      for (let round = 0; round < rounds; round++) {
        for (const { id, module } of shuffled(inCold, random)) {
          const { result, busyMs } = await coldRun(page, module, id, url);
          check(id, data, { events: count, sum }, result);
          rates[data][count][id].push(count / result.ms);
          thread[data][count][id].push((1000 * busyMs) / count);
        }
      }
    }
  }
  return { rates, thread };
}

const coldRun = (page, module, id, url) =>
  page.fresh(`fresh/${module}/fresh.html`, async (fresh) => {
    await fresh.evaluate("fresh.load()");
    let result;
    const busyMs = await threadMs(fresh, async () => {
      result = await fresh.evaluate(`fresh.flood(${JSON.stringify(id)}, ${JSON.stringify(url)})`);
    });
    return { result, busyMs };
  });
