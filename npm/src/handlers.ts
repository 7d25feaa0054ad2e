import type { Pending } from "./cursor.js";
import { disposable } from "./disposable.js";
import { report } from "./report.js";
import type { Subscription } from "./types.js";

/** One subscription; without a handler once it has ended. */
interface Entry {
  handler: ((value: never) => unknown) | undefined;
  /** Whether it takes an event undecoded, for a reader. */
  readonly reads: boolean;
}

/** Handlers by what they handle. The lists may change while they are being called. */
export interface Handlers {
  /** The same function added twice is called twice. */
  add(key: string, handler: (value: never) => unknown, reads?: boolean): Subscription;
  /** The handlers of a key as they are now. */
  of(key: string): readonly Entry[];
  /** What has handlers. */
  keys(): Iterable<string>;
  /** Ends all subscriptions, also those whose turn is still to come. */
  clear(): void;
}

/** @param wanted - told when a key gets its first handler, and when it has lost the last */
export const createHandlers = (wanted?: (key: string, wanted: boolean) => void): Handlers => {
  const lists = new Map<string, readonly Entry[]>();
  const of = (key: string) => lists.get(key) ?? [];
  return {
    add(key, handler, reads = false) {
      const entry: Entry = { handler, reads };
      if (!lists.has(key)) wanted?.(key, true);
      lists.set(key, [...of(key), entry]);
      return subscription(() => {
        if (!entry.handler) return;
        entry.handler = undefined;
        const others = of(key).filter((other) => other !== entry);
        lists.set(key, others);
        if (others.length) return;
        lists.delete(key);
        wanted?.(key, false);
      });
    },
    of,
    keys: () => lists.keys(),
    clear() {
      for (const list of lists.values()) for (const entry of list) entry.handler = undefined;
      lists.clear();
    },
  };
};

/** Waits for a promise that a handler answered with. */
export type Watch = (result: PromiseLike<unknown>) => Pending;

/** A rejected handler is reported as one that throws. */
export const watch: Watch = (result) => (done) => {
  // What only looks like a promise may throw, or settle twice.
  Promise.resolve(result).then(
    () => done(true),
    (error) => {
      report(error);
      done(false);
    },
  );
};

/**
 * Calls each handler that is still subscribed when its turn comes. One that throws harms nobody else.
 *
 * @returns what has to be waited for until the value is processed
 */
export const emit = (entries: readonly Entry[], value: unknown, wait = watch): Pending[] => {
  const pending: Pending[] = [];
  for (const { handler } of entries) {
    try {
      const result = handler?.(value as never) as PromiseLike<unknown> | undefined;
      if (typeof result?.then === "function") pending.push(wait(result));
    } catch (error) {
      report(error);
      pending.push((done) => done(false));
    }
  }
  return pending;
};

/** What subscribing answers with; by default one that has ended already. */
export const subscription = (unsubscribe = () => {}): Subscription =>
  disposable({ unsubscribe }, unsubscribe);
