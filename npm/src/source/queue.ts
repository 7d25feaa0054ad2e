import { createFifo, type ServerSentEvent } from "../base/index.js";
import type { Mark } from "./outcome.js";
import type { Undecoded } from "./undecoded.js";

/** The work that waits for a slow consumer, and how much of it was done. */
export interface Load {
  /** How much waits, in bytes, as {@link sizeOf} counts them. */
  size: number;
  /** How many events it has taken. */
  taken: number;
}

/** An event in the queue. */
export interface Item {
  readonly undecoded: Undecoded;
  readonly mark: Mark;
  /** Tells it from the others, if only the newest of each key waits. */
  key?: unknown;
}

/** The events that wait for a reader. */
export interface Queue extends Load {
  /** How many events wait. */
  readonly length: number;
  push(item: Item): void;
  /** Gives the next event to the reader. */
  take(): Item | undefined;
  dropOldest(): void;
  dropNewest(): void;
  /** Says whether an event is to be queued; if it is not, it has taken the place of the one with this key. */
  admits(item: Item, key: unknown): boolean;
}

/** About how many bytes an event takes beside its texts. */
const OVERHEAD = 100;

/** About how many bytes an event takes: a character of its texts counts as one. */
export const sizeOf = ({ type, lastEventId, raw }: ServerSentEvent): number =>
  type.length + lastEventId.length + raw.length + OVERHEAD;

/** @param dropped - told of each event that will not be read, and whether a newer one took its place */
export const createQueue = (dropped: (item: Item, isReplaced: boolean) => void): Queue => {
  const items = createFifo<Item>();
  const byKey = new Map<unknown, Item>();

  const count = (item: Item, sign: 1 | -1) => {
    queue.size += sign * sizeOf(item.undecoded.event);
  };
  /** An item is in the queue no longer. */
  const gone = (item: Item | undefined) => {
    if (item) {
      count(item, -1);
      byKey.delete(item.key);
    }
    return item;
  };
  const drop = (item: Item | undefined) => {
    if (gone(item)) dropped(item as Item, false);
  };

  const queue: Queue = {
    size: 0,
    taken: 0,
    get length() {
      return items.length;
    },
    push(item) {
      count(item, 1);
      items.push(item);
    },
    take() {
      const item = gone(items.shift());
      if (item) queue.taken++;
      return item;
    },
    dropOldest: () => drop(items.shift()),
    dropNewest: () => drop(items.pop()),
    admits(item, key) {
      const waiting = byKey.get(key);
      if (waiting) {
        const old = { ...waiting };
        Object.assign(waiting, item);
        count(old, -1);
        count(item, 1);
        dropped(old, true);
        return false;
      }
      item.key = key;
      byKey.set(key, item);
      return true;
    },
  };
  return queue;
};
