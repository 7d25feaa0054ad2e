import { createFifo } from "./fifo.js";

/** Tells, once, when a handler or a reader is done with an event, and whether it went well. */
export type Pending = (done: (well: boolean) => void) => void;

/** How many later events come before one that failed is passed over, and before one that is never done with. */
const patience = { failed: 1024, open: 65_536 };

/** Knows up to where events have been processed: each of them, in order. */
export interface Cursor {
  /** The last event ID up to which nothing is left to do. */
  readonly processed: string;
  /** An event has come, which is processed when all that is pending is done. */
  add(id: string, pending?: readonly Pending[]): void;
  /** What has come leaves this last event ID, be it without an event. */
  rest(id: string): void;
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
  // From the oldest event on that is not processed.
  const entries = createFifo<{ readonly id: string; open: number; failed: boolean }>();

  let newest = processed;

  const advance = () => {
    for (let entry = entries.at(entries.first); entry; entry = entries.at(entries.first)) {
      const { id, open, failed } = entry;
      const later = entries.size - 1;
      if (later < (open ? patience.open : failed ? patience.failed : 0)) return;
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

  const add = (id: string, pending: readonly Pending[] = []) => {
    newest = id;
    if (!entries.size && !pending.length) return move(id);
    const entry = { id, open: pending.length, failed: false };
    entries.push(entry);
    for (const wait of pending)
      wait((well) => {
        entry.open--;
        entry.failed ||= !well;
        advance();
      });
    advance();
  };

  return {
    get processed() {
      return processed;
    },
    add,
    rest(id) {
      if (id !== newest) add(id);
    },
  };
};
