import type { Call, ToPage } from "../messages.js";

/** How long the next message waits at least, in milliseconds: a frame of the page, which would show it no sooner. */
const pace = 16;

/** The same behind a large message. Each costs the page a tenth of a millisecond, be there as little in it as there may. */
const slowPace = 32;

/** What a large message has, in characters or bytes: about ten events. */
const large = 1024;

/** How much may wait, in characters or bytes. */
const most = 2 ** 16;

/** What the page is told. */
export interface Outbox {
  /** Says something at once, and what waits before it. */
  now(call: Call<ToPage>): void;
  /**
   * Says something at once too, unless that would be the second time within a frame, or two at a high rate: then it
   * waits for what is left of that, and for what else comes. At a low rate nothing waits.
   *
   * @param size - how large it is, if it is of any size
   */
  soon(call: Call<ToPage>, size?: number): void;
  /** Says all of it now. */
  flush(): void;
}

/** @param post - takes a message to the page */
export const createOutbox = (post: (calls: Call<ToPage>[]) => void): Outbox => {
  let calls: Call<ToPage>[] = [];
  let waiting = 0;
  // No sooner goes what need not go at once.
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
