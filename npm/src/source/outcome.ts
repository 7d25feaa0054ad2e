/**
 * The outcome of an event for one of its subscribers. The worst outcome counts for the event; they stand here from best to
 * worst. `tests/behaviour/README.md` has the table that both languages are tested against.
 */
export type Outcome = typeof DONE | typeof UNWANTED | typeof LEFT | typeof FAILED | typeof CUT_OFF;

/** The handler returned, or its promise was fulfilled; the reader asked for the next event. */
export const DONE = 0;
/** Nobody subscribes, the data cannot be decoded, or a policy dropped the event: that was told. */
export const UNWANTED = 1;
/** The reader left in the midst of the event, or before it read the event. */
export const LEFT = 2;
/** The handler threw, or its promise was rejected. */
export const FAILED = 3;
/** The source was closed before the subscriber got the event. */
export const CUT_OFF = 4;

/** An event that a subscriber is not done with yet. */
export interface Mark {
  /** The subscriber is done with it, one way or another. */
  done(outcome: Outcome): void;
}

/** After so many later events, an event that holds the cursor back is passed over. */
export const patience = (outcome: Outcome, isOpen: boolean): number =>
  outcome === CUT_OFF ? Number.POSITIVE_INFINITY : isOpen ? 65_536 : outcome >= LEFT ? 1024 : 0;

/** Whether an event that is passed over has to be told. A reader that left knows of it. */
export const isTold = (outcome: Outcome, isOpen: boolean): boolean => isOpen || outcome === FAILED;
