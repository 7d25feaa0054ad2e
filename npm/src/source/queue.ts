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
  // Where the event of a key is, or was.
  const places = new Map<unknown, number>();

  const count = (item: Item | undefined, sign: 1 | -1) => {
    if (item) queue.size += sign * sizeOf(item.undecoded.event);
    return item;
  };
  const drop = (item: Item | undefined, isReplaced = false) => {
    if (count(item, -1)) dropped(item as Item, isReplaced);
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
      const item = count(items.shift(), -1);
      if (item) queue.taken++;
      return item;
    },
    dropOldest: () => drop(items.shift()),
    dropNewest: () => drop(items.pop()),
    admits(item, key) {
      const place = places.get(key) ?? -1;
      const old = items.at(place);
      if (old) {
        items.replace(place, item);
        count(item, 1);
        drop(old, true);
        return false;
      }
      // Places of events that were read are forgotten. Not each time: this takes as long as there are places.
      if (places.size > 2 * items.length + 16)
        for (const [key, place] of places) if (place < items.first) places.delete(key);
      places.set(key, items.first + items.length);
      return true;
    },
  };
  return queue;
};
