/** How much is measured. Times are in milliseconds, of one run each. */

export const plans = {
  full: {
    flood: { rounds: 11, ms: 250 },
    steady: { rounds: 5, settleMs: 1000, ms: 3000 },
    queued: { rounds: 5 },
    ready: { rounds: 51 },
    profile: { ms: 500, steadyMs: 4000 },
  },
  /** For who changes something: it shows what is twice as slow, and no tenth. */
  quick: {
    flood: { rounds: 3, ms: 80 },
    steady: { rounds: 2, settleMs: 300, ms: 1000 },
    queued: { rounds: 3 },
    ready: { rounds: 11 },
    profile: { ms: 150, steadyMs: 1500 },
  },
  /** Whether everything still runs, and counts right. */
  smoke: {
    flood: { rounds: 1, ms: 1 },
    steady: { rounds: 1, settleMs: 50, ms: 100 },
    queued: { rounds: 1 },
    ready: { rounds: 1 },
    profile: { ms: 1, steadyMs: 200 },
  },
};
