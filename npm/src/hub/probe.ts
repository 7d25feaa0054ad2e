/** How long a worker may take to answer, in milliseconds: only work of many seconds would keep a live one from it. */
const patience = 5000;

/** A timer that goes off later than this was held up, and so may be what came meanwhile. */
const lateness = 1000;

/** Asks a worker whether it lives. */
export interface Probe {
  /** Asks, unless an answer is being waited for. */
  ask(): void;
  /** It has said something, which is an answer to any question. */
  heard(): void;
}

/**
 * @param ping - asks it
 * @param dead - is told if no answer comes
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
