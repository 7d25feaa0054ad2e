import { disposable, report, type ServerSentEvent } from "../base/index.js";
import { DONE, FAILED, type Mark, type Outcome } from "./outcome.js";
import type { Subscription } from "./types.js";

/** How a subscription takes events: one by one, undecoded for a reader, or those of a delivery together. */
export type Manner = "each" | "reads" | "batch";

/** One subscription; without a handler once it has ended. */
export interface Entry {
  handler: ((value: never) => unknown) | undefined;
  readonly manner: Manner;
  /** The events that its handler gets together at the end of the delivery, and their marks. */
  events: ServerSentEvent[];
  marks: Mark[];
}

/** Handlers by what they handle. The lists may change while they are being called. */
export interface Handlers {
  /** Another number after each change of the handlers. */
  readonly version: number;
  /** The same function added twice is called twice. */
  add(key: string, handler: (value: never) => unknown, manner?: Manner): Subscription;
  /** The handlers of a key as they are now. */
  of(key: string): readonly Entry[];
  /** The keys that have handlers. */
  keys(): Iterable<string>;
  /**
   * Forgets subscriptions, by default all, and says how many. It does not count them as ended: others decide what becomes
   * of events that a subscriber has not got yet.
   */
  clear(isMeant?: (entry: Entry, key: string) => boolean): number;
}

const none: readonly Entry[] = [];

/** With zone.js, a handler always runs in the zone in which it was added. */
const inZone = (handler: (value: never) => unknown): typeof handler =>
  (globalThis as { Zone?: { current: { wrap<T>(handler: T, source: string): T } } }).Zone?.current.wrap(
    handler,
    "typed-eventsource",
  ) ?? handler;

/** @param wanted - called when a key gets its first handler, and when it has lost its last one */
export const createHandlers = (wanted?: (key: string, wanted: boolean) => void): Handlers => {
  const lists = new Map<string, readonly Entry[]>();
  const of = (key: string) => lists.get(key) ?? none;
  const keep = (key: string, entries: readonly Entry[]) => {
    if (entries.length) lists.set(key, entries);
    else lists.delete(key);
  };
  const all = {
    version: 0,
    add(key: string, handler: (value: never) => unknown, manner: Manner = "each") {
      const entry: Entry = { handler: inZone(handler), manner, events: [], marks: [] };
      all.version++;
      if (!lists.has(key)) wanted?.(key, true);
      lists.set(key, [...of(key), entry]);
      return subscription(() => {
        if (!entry.handler) return;
        entry.handler = undefined;
        all.version++;
        const others = of(key).filter((other) => other !== entry);
        keep(key, others);
        if (!others.length) wanted?.(key, false);
      });
    },
    of,
    keys: () => lists.keys(),
    clear(isMeant: (entry: Entry, key: string) => boolean = () => true) {
      all.version++;
      let count = 0;
      for (const [key, entries] of lists) {
        const others = entries.filter((entry) => !isMeant(entry, key));
        count += entries.length - others.length;
        keep(key, others);
      }
      return count;
    },
  };
  return all;
};

/** Waits for a promise that a handler answered with, and tells what becomes of the event, or of an array of them. */
export type Watch = (result: PromiseLike<unknown>, done: (outcome: Outcome) => void, value: unknown) => void;

/** A rejected promise is reported like an error that the handler throws. */
export const watch = (result: PromiseLike<unknown>, done: (outcome: Outcome) => void): void => {
  // A promise may have a `then` of its own, which may throw, or settle twice.
  new Promise((resolve) => resolve(result)).then(
    () => done(DONE),
    (error) => {
      report(error);
      done(FAILED);
    },
  );
};

/** Does nothing if nobody waits for a handler. */
const unmarked: Mark = { done() {} };

/**
 * Calls a handler. One that throws harms nobody else.
 *
 * @param hold - gives the mark for a handler that has failed, or is not done at once
 */
export const call = (
  handler: (value: never) => unknown,
  value: unknown,
  hold: () => Mark = () => unmarked,
  wait: Watch = watch,
): void => {
  try {
    const result = handler(value as never) as PromiseLike<unknown> | undefined;
    if (typeof result?.then === "function") {
      const mark = hold();
      wait(result, (outcome) => mark.done(outcome), value);
    }
  } catch (error) {
    report(error);
    hold().done(FAILED);
  }
};

/** Calls each handler that is still subscribed when its turn comes. */
export const emit = (entries: readonly Entry[], value: unknown): void => {
  for (const { handler } of entries) if (handler) call(handler, value);
};

/** The result of subscribing; by default a subscription that has ended already. */
export const subscription = (unsubscribe = () => {}): Subscription =>
  disposable({ unsubscribe }, unsubscribe);
