import { EventSourceError, type ServerSentEvent } from "../base/index.js";
import type { Settings } from "../options/index.js";
import { DONE, LEFT, type Mark, UNWANTED } from "./outcome.js";
import { createQueue, type Item, type Queue } from "./queue.js";
import type { EventStream } from "./types.js";
import type { Fail, Undecoded } from "./undecoded.js";

/** Events that wait, and are read by async iteration. */
export interface Stream {
  readonly iterator: EventStream<ServerSentEvent>;
  readonly queue: Queue;
  push(undecoded: Undecoded): void;
  /** Events of the queue were dropped. */
  trimmed(): void;
  /** Nothing more comes. After the queued events, the iteration ends, or throws the error. */
  end(error?: unknown): void;
}

/** What a reader needs of its source. */
export interface StreamSource {
  readonly buffer: Settings["buffer"];
  /** Holds the event that is being delivered. */
  hold(): Mark;
  /** Takes the error how many events were lost since the last one. */
  readonly fail: Fail;
  /** Takes events that cannot be decoded. */
  readonly failDecoding: Fail;
  /** Told of each event that a reader loses. */
  dropped(): void;
}

/**
 * @param push - puts an event into the queue
 * @param taken - told of each event that is read
 * @param left - told when the reader leaves
 */
export const createStream = (
  { buffer, hold, fail, failDecoding, dropped }: StreamSource,
  push: (queue: Queue, item: Item) => void,
  taken: () => void,
  left: () => void,
): Stream => {
  const queue = createQueue(({ mark }, isReplaced) => {
    lost++;
    dropped();
    if (isReplaced) told++;
    // A loss that nobody was told of keeps the first event from being processed, and with it all that follow.
    if (isReplaced || untold) mark.done(UNWANTED);
    else untold = mark;
  });
  let lost = 0;
  let told = 0;
  let untold: Mark | undefined;
  // Whether the reader has been told of a loss since it read last. From then on it is told when it reads again.
  let isTold = false;
  let ended = false;
  let failure: unknown;
  let current: Item | undefined;
  let wake = () => {};

  const tell = () => {
    const count = lost - told;
    told = lost;
    const message = `${count} events dropped: a reader of events() was too slow, and buffer.limitBytes is ${buffer.limitBytes}`;
    if (count) fail(new EventSourceError("lagged", message, { dropped: count }));
    untold?.done(UNWANTED);
    untold = undefined;
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
    untold?.done(LEFT);
    untold = undefined;
    for (let item = current ?? queue.take(); item; item = queue.take()) item.mark.done(LEFT);
    current = undefined;
    left();
    told = lost;
    end();
  };

  const read = async function* (): AsyncGenerator<ServerSentEvent, undefined> {
    for (;;) {
      finish();
      tell();
      isTold = false;
      current = queue.take();
      if (current) {
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
    iterator: iterator as unknown as EventStream<ServerSentEvent>,
    queue,
    push(undecoded) {
      push(queue, { undecoded, mark: hold() });
      wake();
    },
    trimmed() {
      if (isTold || lost === told) return;
      isTold = true;
      tell();
    },
    end,
  };
};
