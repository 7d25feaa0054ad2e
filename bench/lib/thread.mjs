/**
 * The processor time of the page's main thread, by the metric `ThreadTime` of DevTools' domain `Performance`. It is
 * what the system counts for that thread (on Linux, to the tenth of a millisecond, what stands in `/proc`), with the
 * wake-ups between tasks, a fifth of a steady stream's time, that `TaskDuration` leaves out. To ask for it twice a run
 * costs the page nothing.
 */

/** How long the main thread is kept busy, to see that it is measured right. */
const loadMs = 500;

/** The milliseconds that the main thread works while `body` runs. */
export async function threadMs({ send }, body) {
  const now = async () => {
    const { metrics } = await send("Performance.getMetrics");
    return 1000 * metrics.find(({ name }) => name === "ThreadTime").value;
  };
  await send("Performance.enable");
  const before = await now();
  await body();
  const after = await now();
  await send("Performance.disable");
  return after - before;
}

/** The part of a known load that is measured: less than 1 where the page had to share its processor. */
export async function measuredLoad(page) {
  return (await threadMs(page, () => page.evaluate(`bench.load(${loadMs})`))) / loadMs;
}
