/** Whether other programs keep the machine busy. Numbers that are measured meanwhile are of no use. */
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../scripts/lib/run.mjs";
import { measuredLoad } from "./thread.mjs";

/** How much of a known load must be measured at least, and how many processors others may use. */
const leastShare = 0.95;
const mostOthers = 0.15;

/** How long others are looked at while the benchmarks do nothing. */
const idleMs = 1000;

/** How many looks find a busy machine before a run is refused: a load that just ends, or that is short, does no harm. */
export const tries = { before: 10, between: 3 };

export const isBusy = ({ share, others }) => share < leastShare || others > mostOthers;

/** Gives the part of a known load that the page's thread gets, and how many processors others use. */
export async function lookAround(page) {
  const before = busyMs();
  const begin = performance.now();
  await sleep(idleMs);
  const others = (busyMs() - before) / (performance.now() - begin);
  return { others, share: await measuredLoad(page) };
}

/** The milliseconds that all processors have worked. */
function busyMs() {
  const times = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  return times.reduce((sum, time) => sum + time, 0);
}

/** Looks until the machine is quiet, and refuses to go on if it never is. `when` says how far the run has come. */
export async function insistOnQuiet(look, tries, when) {
  let found;
  for (let left = tries; left > 0; left--) {
    found = await look();
    if (!isBusy(found)) return found;
  }
  throw new Failure(refusal(found, when));
}

const refusal = (found, when) =>
  `the machine is busy (${when}): ${inWords(found)}. The run ends here, and nothing was written. End the other ` +
  "programs (`top` shows them), and start again. `--smoke`, and `--only` with some groups, run on a busy machine too.";

export const inWords = ({ share, others }) =>
  `other programs use ${Math.round(100 * others)} % of a processor, and a known load on the page's thread was ` +
  `measured as ${Math.round(100 * share)} % of what it was`;
