import { createFifo, EventSourceError, type Fifo, type ServerSentEvent } from "../base/index.js";
import type { Cursor, Mark } from "./cursor.js";
import type { Fail, Undecoded } from "./router.js";

/** An event in the queue. */
export interface Item {
  readonly undecoded: Undecoded;
  readonly mark: Mark;
}

/** What becomes of an event that is to be queued. May make room for it; says whether it still is to be. */
export type Overflow = (item: Item) => unknown;

/** What an {@link Overflow} is made for. */
export interface Queue extends Fifo<Item> {
  /** How many events were read. */
  taken: number;
  /** Takes note of an event that will not be read; the reader is told of it as a loss unless it is meant so. */
  drop(item: Item, isMeant?: boolean): void;
}

/** A queue of events that is read by async iteration. */
export interface Stream {
  readonly iterator: AsyncGenerator<ServerSentEvent, undefined> & { readonly dropped: number };
  readonly queue: Queue;
  push(undecoded: Undecoded): void;
  /** Nothing more comes. After what is queued, the iteration ends, or throws the error. */
  end(error?: unknown): void;
}

/**
 * @param hold - holds the event that is being delivered
 * @param limit - how many events wait at most, as a rule
 * @param overflow - makes what decides about each event, once the first has come
 * @param fail - takes what cannot be decoded, and how many events were lost since the reader came last
 * @param dropped - told of each event that is lost
 * @param taken - told of each event that is read
 * @param left - told when the reader leaves
 */
export const createStream = (
  hold: Cursor["hold"],
  limit: number,
  overflow: (queue: Queue) => Overflow,
  fail: Fail,
  dropped: () => void,
  taken: () => void,
  left: () => void,
): Stream => {
  const queue: Queue = Object.assign(createFifo<Item>(), {
    taken: 0,
    drop(item: Item, isMeant = false) {
      lost++;
      told += Number(isMeant);
      item.mark.done(true);
      dropped();
    },
  });
  let admit: Overflow | undefined;
  let lost = 0;
  let told = 0;
  let ended = false;
  let failure: unknown;
  let current: Item | undefined;
  let wake = () => {};

  const tell = () => {
    const count = lost - told;
    told = lost;
    const message = `${count} events dropped: read faster, buffer.limit is ${limit}`;
    if (count) fail(new EventSourceError("lagged", message, { dropped: count }));
  };

  const end = (error?: unknown) => {
    tell();
    ended = true;
    failure = error;
    wake();
  };

  /** Whoever reads on, or leaves, is done with what was read before. */
  const finish = () => {
    current?.mark.done(true);
    current = undefined;
  };

  const read = async function* (): AsyncGenerator<ServerSentEvent, undefined> {
    for (;;) {
      finish();
      tell();
      current = queue.shift();
      if (current) {
        queue.taken++;
        taken();
        if (current.undecoded.decode(fail)) yield current.undecoded.event;
      } else if (!ended)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      else if (failure) throw failure;
      else return;
    }
  };

  const iterator = Object.defineProperty(read(), "dropped", { get: () => lost }) as Stream["iterator"];
  // The generator's own would wait for the event that a reader waits for.
  iterator.return = async () => {
    for (finish(); queue.size; finish()) current = queue.shift();
    left();
    told = lost;
    end();
    return { done: true, value: undefined };
  };
  return {
    iterator,
    queue,
    push(undecoded) {
      const item = { undecoded, mark: hold() };
      admit ??= overflow(queue);
      if (admit(item)) queue.push(item);
      wake();
    },
    end,
  };
};

/** The oldest event makes room. */
export const dropOldest =
  (limit: number) =>
  (queue: Queue): Overflow =>
  () => {
    while (queue.size >= limit) queue.drop(queue.shift() as Item);
    return true;
  };
