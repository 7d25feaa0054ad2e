import { createFifo, EventSourceError, type Fifo, type ServerSentEvent } from "../base/index.js";
import { DONE, LEFT, type Mark, UNWANTED } from "./outcome.js";
import type { EventStream } from "./types.js";
import type { Fail, Undecoded } from "./undecoded.js";

/** An event in the queue. */
export interface Item {
  readonly undecoded: Undecoded;
  readonly mark: Mark;
}

/** What becomes of an event that is to be queued. May make room for it; says whether it still is to be. */
export type Overflow = (item: Item) => unknown;

/** The queue that an {@link Overflow} decides about. */
export interface Queue extends Fifo<Item> {
  /** How many events were read. */
  taken: number;
  /** Takes note of an event that will not be read; the reader is told of it as a loss unless it is meant so. */
  drop(item: Item, isMeant?: boolean): void;
}

/** A queue of events that is read by async iteration. */
export interface Stream {
  readonly iterator: EventStream<ServerSentEvent>;
  readonly queue: Queue;
  push(undecoded: Undecoded): void;
  /** Nothing more comes. After the queued events, the iteration ends, or throws the error. */
  end(error?: unknown): void;
}

/**
 * @param hold - holds the event that is being delivered
 * @param limit - how many events wait at most, as a rule
 * @param overflow - makes what decides about each event, once the first has come
 * @param fail - takes the error how many events were lost since the reader came last
 * @param failDecoding - takes events that cannot be decoded
 * @param dropped - told of each event that is lost
 * @param taken - told of each event that is read
 * @param left - told when the reader leaves
 */
export const createStream = (
  hold: () => Mark,
  limit: number,
  overflow: (queue: Queue) => Overflow,
  fail: Fail,
  failDecoding: Fail,
  dropped: () => void,
  taken: () => void,
  left: () => void,
): Stream => {
  const queue: Queue = Object.assign(createFifo<Item>(), {
    taken: 0,
    drop(item: Item, isMeant = false) {
      lost++;
      told += Number(isMeant);
      item.mark.done(UNWANTED);
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

  /** A reader that reads on, or says so, is done with the event that it has read. */
  const finish = () => {
    current?.mark.done(DONE);
    current = undefined;
  };

  /** Ends the subscription. What the reader has not finished, or not read, is not processed. */
  const leave = () => {
    for (let item = current ?? queue.shift(); item; item = queue.shift()) item.mark.done(LEFT);
    current = undefined;
    left();
    told = lost;
    end();
  };

  const read = async function* (): AsyncGenerator<ServerSentEvent, undefined> {
    for (;;) {
      finish();
      tell();
      current = queue.shift();
      if (current) {
        queue.taken++;
        taken();
        if (current.undecoded.decode(failDecoding, leave)) yield current.undecoded.event;
      } else if (!ended)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      else if (failure) throw failure;
      else return;
    }
  };

  const iterator = Object.assign(read(), {
    done: finish,
    // The generator's own would wait for the event that a reader waits for. `for await` calls this for a `break` and for
    // an error in the body of the loop, and does not say which: the event comes again rather than never.
    async return(value?: unknown) {
      leave();
      return { done: true, value: await value };
    },
    // Nothing but the application calls this: it has finished the event.
    async throw(error: unknown) {
      finish();
      leave();
      throw error;
    },
  });
  Object.defineProperty(iterator, "dropped", { get: () => lost });
  return {
    iterator: iterator as unknown as Stream["iterator"],
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
