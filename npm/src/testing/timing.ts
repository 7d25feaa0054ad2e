import type { Timing } from "./clock.js";
import { host, turn } from "./host.js";

/** How often it is looked whether anything came, in milliseconds. */
const EVERY = 5;

/** The clock of before a test fakes it. */
const clock = Date.now.bind(Date);

/** The machine's own time. */
export const createTiming = (): Timing => {
  const started = clock();
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      (host.setTimeout ?? setTimeout)(resolve, ms);
    });
  return {
    get now() {
      return clock() - started;
    },
    wait,
    settle: turn,
    async next(until) {
      await wait(EVERY);
      return clock() - started < until;
    },
  };
};
