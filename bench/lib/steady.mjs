/** What a steady stream costs the main thread. */
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../scripts/lib/run.mjs";
import { inSteady } from "./contestants.mjs";
import { randomNumbers } from "./data.mjs";
import { shuffled } from "./statistics.mjs";
import { threadMs } from "./thread.mjs";

/** Events per second. */
export const rates = [2000, 200];

/** Gives, for each rate and each contestant, the microseconds per event of each round. */
export async function steady(page, { rounds, settleMs, ms }) {
  const { evaluate } = page;
  const random = randomNumbers(3);
  const used = {};
  for (const rate of rates) {
    console.log(`steady: ${rate} events/s`);
    const all = inSteady.map(({ id }) => id);
    used[rate] = Object.fromEntries(all.map((id) => [id, []]));
    const run = async (id) => {
      await evaluate(`bench.startSteady(${JSON.stringify(id)}, "100b", ${rate})`);
      await sleep(settleMs);
      const before = await evaluate("bench.countSteady()");
      const busyMs = await threadMs(page, () => sleep(ms));
      const after = await evaluate("bench.countSteady()");
      await evaluate("bench.stopSteady()");
      const events = after.events - before.events;
      const wrong = after.outOfTurn || (id !== "idle" && events === 0);
      if (wrong)
        throw new Failure(`${id} at ${rate} events/s: ${events} came, ${after.outOfTurn} out of turn`);
      return { busyMs, events };
    };
    for (let round = 0; round < rounds; round++) {
      // What the page does anyway is nobody's.
      const idle = await run("idle");
      for (const id of shuffled(all, random)) {
        const { busyMs, events } = await run(id);
        used[rate][id].push((1000 * Math.max(busyMs - idle.busyMs, 0)) / events);
      }
    }
  }
  return used;
}
