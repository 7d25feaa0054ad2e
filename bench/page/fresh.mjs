/** A page that has done nothing yet: one run, and it is closed. */
import { createTally } from "./tally.mjs";

/** Much longer than any run takes. */
const patienceMs = 60_000;

/** A promise that `done` fulfils with the present time. */
function moment(what) {
  let done;
  const came = new Promise((resolve, reject) => {
    done = () => resolve(performance.now());
    setTimeout(() => reject(new Error(`${what} did not get to its end`)), patienceMs);
  });
  return { done, came };
}

/** By their names, once they are loaded. */
let contestants;

globalThis.fresh = {
  /** Loads the contestants, so that their download is no part of a run. */
  async load() {
    ({ contestants } = await import("contestants"));
  },

  /** Runs a stream to its end; says how long that took from the first call on, and what came. */
  async flood(name, url) {
    const tally = createTally();
    const { done, came } = moment(name);
    const begin = performance.now();
    const source = await contestants[name](url, tally, done);
    const ms = (await came) - begin;
    source.close();
    return { ms, ...tally.result() };
  },

  /** Says how long it took until the first event came: from `import()` on, and from the call that opens the stream on. */
  async first(name, url) {
    const { done, came } = moment(name);
    const begin = performance.now();
    const { contestants } = await import("contestants");
    const imported = performance.now();
    const source = await contestants[name](url, { take: done }, () => {});
    const end = await came;
    const where = source.stats?.engine;
    source.close();
    // A page that nobody sees has no frames to wait for.
    const isSeen = document.visibilityState === "visible";
    return { fromImport: end - begin, fromConnect: end - imported, where, isSeen };
  },
};
