/** What the benchmarks call in the page. */
import { contestants } from "./contestants/index.mjs";
import { queued } from "./queued.mjs";
import { ready } from "./ready.mjs";
import { createTally } from "./tally.mjs";

/** Much longer than any run takes. */
const patienceMs = 60_000;

/** Runs a stream to its end, and says how long that took and what came. */
async function flood(name, data, laps) {
  const tally = createTally();
  let done;
  let timer;
  const end = new Promise((resolve, reject) => {
    done = () => resolve(performance.now());
    timer = setTimeout(() => reject(new Error(`${name} did not get to the end of ${data}`)), patienceMs);
  });
  const opening = contestants[name](`/streams/${data}?laps=${laps}`, tally, done, data);
  // Nothing can have come before: whoever subscribes to much is not measured by that.
  const begin = performance.now();
  const source = await opening;
  const ms = (await end) - begin;
  clearTimeout(timer);
  const result = source.result?.() ?? tally.result();
  source.close();
  return { ms, ...result };
}

/** The stream that is open meanwhile. */
let steady;

async function startSteady(name, data, perSecond) {
  const tally = createTally();
  const url = `/streams/${data}?perSecond=${perSecond}`;
  const source = await contestants[name](url, tally, () => {}, data);
  steady = { source, result: () => source.result?.() ?? tally.result() };
}

globalThis.bench = {
  flood,
  startSteady,
  countSteady: () => steady.result(),
  stopSteady: () => steady.source.close(),
  queued,
  ready,
  /** Keeps the main thread busy for so long, in parts. */
  async load(ms) {
    for (let done = 0; done < ms; done += 10) {
      const end = performance.now() + 10;
      while (performance.now() < end);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
};
