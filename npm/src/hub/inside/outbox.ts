import type { Call, ToPage } from "../messages.js";

/** The shortest time between two messages, in milliseconds: a frame of the page, which would show nothing sooner. */
const pace = 16;

/** The same after a large message. Each message costs the page a tenth of a millisecond, however small it is. */
const slowPace = 32;

/** The size from which a message is large, in characters or bytes: about ten events. */
const large = 1024;

/** How much may wait, in characters or bytes. */
const most = 2 ** 16;

/** The messages to the page. */
export interface Outbox {
  /** Says something at once, behind all that waits. */
  now(call: Call<ToPage>): void;
  /**
   * Says something at once, unless a message went out within this frame, or the last two at a high rate. Then it waits
   * for the rest of that time, and goes out together with all that comes meanwhile. At a low rate nothing waits.
   *
   * @param size - its size in characters or bytes, if that matters
   */
  soon(call: Call<ToPage>, size?: number): void;
  /** Says all of it now. */
  flush(): void;
}

/** @param post - takes a message to the page */
export const createOutbox = (post: (calls: Call<ToPage>[]) => void): Outbox => {
  let calls: Call<ToPage>[] = [];
  let waiting = 0;
  // The earliest time for a message that may wait.
  let next = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!calls.length) return;
    const all = calls;
    calls = [];
    waiting = 0;
    post(all);
  };

  const flushSlowly = () => {
    next = performance.now() + (waiting < large ? pace : slowPace);
    flush();
  };

  return {
    now(call) {
      calls.push(call);
      flush();
    },
    soon(call, size = 0) {
      calls.push(call);
      waiting += size;
      const wait = next - performance.now();
      if (wait <= 0 || waiting >= most) flushSlowly();
      else timer ??= setTimeout(flushSlowly, wait);
    },
    flush,
  };
};
