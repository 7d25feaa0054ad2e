/** As many events as can be read: everyone reads the same stream, round by round, each time in another order. */
import { Failure } from "../../scripts/lib/run.mjs";
import { inFlood } from "./contestants.mjs";
import { classes, randomNumbers } from "./data.mjs";
import { shuffled } from "./statistics.mjs";
import { threadMs } from "./thread.mjs";

/** Bytes of the event that ends a stream. */
const endBytes = "event: end\ndata: {}\n\n".length;

/**
 * Gives, for each class of data and each contestant, the events per millisecond of each round, and the microseconds that
 * the main thread worked for each event: that tells something even where others keep the machine busy.
 */
export async function floods(page, laps, { rounds, ms }) {
  const random = randomNumbers(2);
  const rates = {};
  const thread = {};
  for (const data of Object.keys(classes)) {
    console.log(`floods: ${classes[data].name}`);
    const run = async (id, count) => {
      // What the run before left is not for this one to clear away.
      await page.evaluate("gc()");
      let result;
      const busyMs = await threadMs(page, async () => {
        result = await page.evaluate(`bench.flood(${JSON.stringify(id)}, "${data}", ${count})`);
      });
      const { events, sum, bytes } = laps[data];
      const sent = { events: count * events, sum: count * sum, bytes: count * bytes + endBytes };
      check(id, data, sent, result);
      return { ms: result.ms, busyMs };
    };
    const all = inFlood(data).map(({ id }) => id);
    const counts = {};
    for (const id of all) counts[id] = await calibrated((count) => run(id, count), ms);
    rates[data] = Object.fromEntries(all.map((id) => [id, []]));
    thread[data] = Object.fromEntries(all.map((id) => [id, []]));
    for (let round = 0; round < rounds; round++) {
      for (const id of shuffled(all, random)) {
        const { ms, busyMs } = await run(id, counts[id]);
        const events = counts[id] * laps[data].events;
        rates[data][id].push(events / ms);
        thread[data][id].push((1000 * busyMs) / events);
      }
    }
  }
  return { rates, thread };
}

/** How many laps take so long: everyone is measured for the same time, and warm before that. */
async function calibrated(run, ms) {
  let count = 1;
  for (;;) {
    const took = await run(count);
    const wanted = Math.max(1, Math.round((count * ms) / took.ms));
    // What gets warm gets faster, so a long jump is made in two.
    if (wanted <= count * 2) return wanted;
    count = Math.min(wanted, count * 8);
  }
}

/** Fails unless everything that was sent came, once and in order. */
export function check(id, data, sent, { events, sum, outOfTurn, bytes }) {
  const wrong = [];
  const expect = (what, found, expected) => {
    if (found !== expected) wrong.push(`${found} of ${expected} ${what}`);
  };
  if (bytes !== undefined) expect("bytes", bytes, sent.bytes);
  else if (id === "native-unheard") expect("events", events, 0);
  else {
    expect("events", events, sent.events);
    // Who only counts does not look into them.
    if (sum !== undefined) expect("for a sum", sum, sent.sum);
    if (outOfTurn) wrong.push(`${outOfTurn} out of turn`);
  }
  if (wrong.length) throw new Failure(`${id} with ${classes[data].name}: ${wrong.join(", ")}`);
}
