import { createFifo } from "../base/index.js";
import type { Run } from "../engine/index.js";
import { CUT_OFF, DONE, isTold, type Mark, type Outcome, patience } from "./outcome.js";

/** The run that is being delivered. */
export type Passing = Pick<Run<unknown>, "ids" | "at">;

/** A subscriber that gets events together at the end of the delivery. */
interface Taker {
  readonly marks: Mark[];
}

/** Knows up to which event all events are processed, in stream order. */
export interface Cursor {
  /** The last event ID up to which all events are processed. */
  readonly processed: string;
  /** A run is being delivered from its place on. */
  begin(run: Passing): void;
  /**
   * This subscriber gets events together, and the event that is being delivered is its first. From here on every event waits
   * for it until the events are handed over. It gets a mark for each stretch of events, not for each event.
   */
  take(taker: Taker): void;
  /** The subscribers that get events together are handed them now: later events do not wait for them. */
  handOver(): void;
  /** A subscriber has got the event that is being delivered, and is not done with it. */
  hold(): Mark;
  /** The run has been delivered up to its place, or the source was closed meanwhile and some subscribers were cut off. */
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
  // The event that is being delivered, if a subscriber is not done with it.
  let current: Entry | undefined;
  let run: Passing | undefined;
  // The place in the run of the first event that has not been counted.
  let next = 0;
  let takers: Taker[] = [];

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

  const enter = () => {
    const entry = new Entry();
    entries.push(entry);
    return entry;
  };

  /** So many events more have come, the last of them with this id. */
  const come = (events: number, id: string) => {
    count += events;
    before = newest;
    newest = id;
  };

  const give = (entry: Entry) => {
    for (const { marks } of takers) {
      entry.open++;
      marks.push(entry);
    }
  };

  /** The newest event has been delivered. */
  const passed = () => {
    if (current) give(current);
    else if (entries.length || takers.length) give(enter());
    else return move(newest);
    current = undefined;
    advance();
  };

  const sync = () => {
    if (!run) return;
    const { ids, at } = run;
    if (current && at >= next) passed();
    if (at <= next) return;
    come(at - next, ids[at - 1] as string);
    next = at;
    passed();
  };

  const hold = () => {
    sync();
    if (!current) {
      next++;
      come(1, run?.ids[next - 1] as string);
      current = enter();
    }
    current.open++;
    return current;
  };

  return {
    get processed() {
      sync();
      return processed;
    },
    begin(passing) {
      run = passing;
      next = run.at;
    },
    take(taker) {
      // Nothing before this event waits for it.
      sync();
      takers.push(taker);
    },
    handOver() {
      sync();
      takers = [];
    },
    hold,
    end(isCutOff) {
      if (isCutOff) hold().done(CUT_OFF);
      if (run) run.at++;
      sync();
      run = undefined;
    },
    rest(id, others) {
      if (id === newest && !others) return;
      come(others, id);
      passed();
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
