import { platform } from "../base/index.js";

/** The longest time a timer can take; longer waits are chained. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Rings when something is due, or earlier. After an early ring it only has to be set again.
 */
export const createAlarm = (ring: () => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const clear = () => {
    platform.clearTimeout(timer);
    timer = undefined;
  };
  return {
    /** Whether it will ring. */
    isSet: () => !!timer,
    set(due: number): void {
      clear();
      const wait = due - platform.performance.now();
      if (wait < Infinity) timer = platform.setTimeout(ring, Math.min(Math.ceil(wait), LONGEST_TIMER));
    },
    clear,
  };
};
