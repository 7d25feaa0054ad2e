import type { Timing } from "./clock.js";
import { host, turn } from "./host.js";

/** How often it is looked whether anything came, in milliseconds. */
const EVERY = 5;

/** The machine's own time. */
export const createTiming = (): Timing => {
  const started = Date.now();
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      (host.setTimeout ?? setTimeout)(resolve, ms);
    });
  return {
    get now() {
      return Date.now() - started;
    },
    wait,
    settle: turn,
    async next(until) {
      await wait(EVERY);
      return Date.now() - started < until;
    },
  };
};
