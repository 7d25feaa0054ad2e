import { createFifo } from "../base/index.js";

/** An event on its way: what has to be done with it until it is processed. */
export interface Mark {
  /** Something is done with it, well or not. */
  done(well: boolean): void;
}

/** How many later events come before one that failed is passed over, and before one that is never done with. */
const patience = { failed: 1024, open: 65_536 };

/** Knows up to where events have been processed: each of them, in order. */
export interface Cursor {
  /** The last event ID up to which nothing is left to do. */
  readonly processed: string;
  /** An event has come, and is being delivered. */
  begin(id: string): void;
  /** Something is to be done with the event that is being delivered. */
  hold(): Mark;
  /** The event has been delivered: it is processed when all is done that it was held for. */
  end(): void;
  /** What has come leaves this last event ID, after so many events that concern nobody. */
  rest(id: string, others: number): void;
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
    open = 0;
    failed = false;
    constructor(
      readonly id: string,
      readonly number: number,
    ) {}
    done(well: boolean) {
      this.open--;
      this.failed ||= !well;
      advance();
    }
  }

  const entries = createFifo<Entry>();
  let count = 0;
  let newest = processed;
  let current: Entry | undefined;

  const advance = () => {
    for (let entry = entries.at(entries.first); entry; entry = entries.at(entries.first)) {
      const { id, number, open, failed } = entry;
      // Of what is being delivered nobody knows yet.
      if (entry === current || count - number < (open ? patience.open : failed ? patience.failed : 0)) return;
      entries.shift();
      move(id);
      if (open || failed) skipped(id);
    }
  };

  const move = (id: string) => {
    if (id === processed) return;
    processed = id;
    moved(id);
  };

  const begin = (id: string) => {
    count++;
    newest = id;
  };

  const enter = () => {
    const entry = new Entry(newest, count);
    entries.push(entry);
    return entry;
  };

  const hold = () => {
    current ??= enter();
    current.open++;
    return current;
  };

  const end = () => {
    if (!current) {
      if (!entries.size) return move(newest);
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
  };
};
