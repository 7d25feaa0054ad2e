/** A queue of events that is read by async iteration. */
export interface Stream<T> {
  readonly iterator: AsyncGenerator<T, undefined>;
  push(event: T): void;
  /** Nothing more comes. After what is queued, the iteration ends, or throws the error. */
  end(error?: unknown): void;
}

/**
 * @param limit - at most so many events are queued; then the oldest are dropped
 * @param lagged - told how many events were dropped since it was told last, when the reader comes back
 * @param left - told when the reader leaves
 */
export const createStream = <T>(
  limit: number,
  lagged: (dropped: number) => void,
  left: () => void,
): Stream<T> => {
  // By number, so that neither end costs more the longer the queue is.
  const queue = new Map<number, T>();
  let first = 0;
  let dropped = 0;
  let ended = false;
  let failure: unknown;
  let wake = () => {};

  const take = () => {
    const event = queue.get(first) as T;
    queue.delete(first++);
    return event;
  };

  const tell = () => {
    const count = dropped;
    dropped = 0;
    if (count) lagged(count);
  };

  const end = (error?: unknown) => {
    tell();
    ended = true;
    failure = error;
    wake();
  };

  const read = async function* (): AsyncGenerator<T, undefined> {
    for (;;) {
      tell();
      if (queue.size) yield take();
      else if (!ended)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      else if (failure) throw failure;
      else return;
    }
  };

  const iterator = read();
  // The generator's own would wait for the event that a reader waits for.
  iterator.return = async () => {
    left();
    queue.clear();
    dropped = 0;
    end();
    return { done: true, value: undefined };
  };
  return {
    iterator,
    push(event) {
      if (queue.size === limit) {
        dropped++;
        take();
      }
      queue.set(first + queue.size, event);
      wake();
    },
    end,
  };
};
