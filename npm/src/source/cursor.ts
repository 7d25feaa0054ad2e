import { createFifo } from "../base/index.js";
import { CUT_OFF, DONE, isTold, type Mark, type Outcome, patience } from "./outcome.js";

/** Knows up to which event all events are processed, in stream order. */
export interface Cursor {
  /** The last event ID up to which all events are processed. */
  readonly processed: string;
  /** An event has come, and is being delivered. */
  begin(id: string): void;
  /** A subscriber has got the event that is being delivered, and is not done with it. */
  hold(): Mark;
  /** The event has been delivered, or the source was closed meanwhile and some subscribers were cut off. */
  end(isCutOff?: boolean): void;
  /** After so many events that concern nobody, the stream's last event ID is this one. */
  rest(id: string, others: number): void;
  /** Gives the last event ID to go on from after a failure. An event that was cut off is to come again. */
  resume(): string;
}

/**
 * @param processed - the last event ID to begin with
 * @param moved - gets each new one
 * @param skipped - gets the id of an event that was passed over
 */
export const createCursor = (
  processed: string,
  moved: (id: string) => void,
  skipped: (id: string) => void,
): Cursor => {
  /** An event that is not processed yet, or behind one. */
  class Entry implements Mark {
    id = newest;
    readonly number = count;
    open = 0;
    outcome: Outcome = DONE;
    done(outcome: Outcome) {
      this.open--;
      if (outcome > this.outcome) this.outcome = outcome;
      advance();
    }
  }

  const entries = createFifo<Entry>();
  let count = 0;
  let newest = processed;
  // From before the newest event.
  let before = processed;
  let current: Entry | undefined;

  const advance = () => {
    for (let entry = entries.oldest; entry; entry = entries.oldest) {
      const { id, number, open, outcome } = entry;
      // The outcome of the event that is being delivered is not known yet.
      if (entry === current || count - number < patience(outcome, open > 0)) return;
      entries.shift();
      move(id);
      if (isTold(outcome, open > 0)) skipped(id);
    }
  };

  const move = (id: string) => {
    const isSame = id === processed;
    // The same text, kept as the newest string: to compare a string with itself takes one step, however long it is.
    processed = id;
    if (!isSame) moved(id);
  };

  const begin = (id: string) => {
    count++;
    before = newest;
    newest = id;
  };

  const enter = () => {
    const entry = new Entry();
    entries.push(entry);
    return entry;
  };

  const hold = () => {
    current ??= enter();
    current.open++;
    return current;
  };

  const end = (isCutOff?: boolean) => {
    if (isCutOff) hold().done(CUT_OFF);
    if (!current) {
      if (!entries.length) return move(newest);
      enter();
    }
    current = undefined;
    advance();
  };

  return {
    get processed() {
      return processed;
    },
    begin,
    hold,
    end,
    rest(id, others) {
      if (id === newest && !others) return;
      count += others;
      newest = id;
      end();
    },
    resume() {
      const last = entries.newest;
      if (last?.outcome === CUT_OFF) {
        newest = last.id = before;
        last.outcome = DONE;
        advance();
      }
      return newest;
    },
  };
};
