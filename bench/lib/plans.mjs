/**
 * How much is measured. Times are in milliseconds, of one run each. `insists`: a busy machine is refused, since the numbers
 * are written down.
 */

export const plans = {
  full: {
    insists: true,
    flood: { rounds: 11, ms: 250 },
    steady: { rounds: 5, settleMs: 1000, ms: 3000 },
    cold: { rounds: 21 },
    first: { rounds: 21 },
    queued: { rounds: 5 },
    ready: { rounds: 51 },
    profile: { ms: 500, steadyMs: 4000 },
  },
  /** For who changes something: it shows what is twice as slow, and no tenth. */
  quick: {
    insists: true,
    flood: { rounds: 3, ms: 80 },
    steady: { rounds: 2, settleMs: 300, ms: 1000 },
    cold: { rounds: 3 },
    first: { rounds: 3 },
    queued: { rounds: 3 },
    ready: { rounds: 11 },
    profile: { ms: 150, steadyMs: 1500 },
  },
  /** Whether everything still runs, and counts right. */
  smoke: {
    insists: false,
    flood: { rounds: 1, ms: 1 },
    steady: { rounds: 1, settleMs: 50, ms: 100 },
    cold: { rounds: 1 },
    first: { rounds: 1 },
    queued: { rounds: 1 },
    ready: { rounds: 1 },
    profile: { ms: 1, steadyMs: 200 },
  },
};
