/** How long a worker may take to answer, in milliseconds: a live worker answers later only if it computes for seconds. */
const patience = 5000;

/** A timer that is later than this was held up, in milliseconds. Messages may have been held up, too. */
const lateness = 1000;

/** Asks a worker whether it lives. */
export interface Probe {
  /** Asks, unless an answer is being waited for. */
  ask(): void;
  /** The worker has said something: any message is an answer. */
  heard(): void;
}

/**
 * @param ping - asks the worker
 * @param dead - called if no answer comes
 */
export const createProbe = (ping: () => void, dead: () => void): Probe => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = () => {
    if (timer) return;
    const due = performance.now() + patience;
    timer = setTimeout(() => {
      timer = undefined;
      // A page that was frozen has not heard the answer yet.
      if (performance.now() - due > lateness) ask();
      else dead();
    }, patience);
    ping();
  };
  return {
    ask,
    heard() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
};
