import { type ConnectionState, EventSourceError, type Gap, report } from "../base/index.js";
import type { Deliver } from "./delivery.js";
import { call, createHandlers, emit, type Handlers, subscription } from "./handlers.js";
import type { Subscription } from "./types.js";
import { createUndecodable, type Fail } from "./undecoded.js";

/** Tells the application what is no event: states, errors, gaps. */
export interface Lifecycle {
  readonly handlers: Handlers;
  /** Tells an error after the delivery that is under way; an uncaught one if nobody listens. */
  readonly failLater: Fail;
  /** Likewise for an error that is no loss: a warning on the console if nobody listens. */
  readonly warnLater: Fail;
  /** Tells of an event that cannot be decoded, at a bounded rate. */
  readonly failDecoding: Fail;
  gap(gap: Gap): void;
  /** Adds a handler of states, which begins with the one that was told last. */
  onStateNow(handler: (state: never) => unknown): Subscription;
  /** Tells a state. `isTold`: somebody else is told what failed, if something did. */
  state(state: ConnectionState, isTold: boolean): void;
  /** Nothing but errors is told any more: readers read on, and a storage may fail yet. */
  forget(): void;
}

export const createLifecycle = (run: Deliver, told: ConnectionState): Lifecycle => {
  const handlers = createHandlers();
  const tell = <T>(key: string, value: T, otherwise: (value: T) => void) => {
    const entries = handlers.of(key);
    if (entries.length) emit(entries, value);
    else otherwise(value);
  };
  const fail: Fail = (error) => tell("error", error, report);
  // After the end, a reader reads only its queue, which is bounded.
  const undecodable = createUndecodable(fail, () => told.status === "closed");
  let isOver = false;
  const forget = () => {
    isOver = true;
    handlers.clear((_, key) => key !== "error");
  };
  return {
    handlers,
    failLater: (error) => run(() => fail(error)),
    warnLater: (error) => run(() => tell("error", error, console.warn)),
    failDecoding: undecodable.fail,
    gap: (gap) =>
      tell("gap", gap, ({ asked }) =>
        fail(
          new EventSourceError("gap", `the server does not go on from the id "${asked}": events are lost`),
        ),
      ),
    onStateNow(handler) {
      let isWanted = true;
      let added: Subscription | undefined;
      // After the states that are on their way, so that none comes twice or late.
      run(() => {
        if (!isWanted) return;
        if (!isOver) added = handlers.add("state", handler);
        call(handler, told);
      });
      return subscription(() => {
        isWanted = false;
        added?.unsubscribe();
      });
    },
    state(state, isTold) {
      run(() => {
        told = state;
        const entries = handlers.of("state");
        if (state.status !== "closed") return emit(entries, state);
        undecodable.flush();
        emit(entries, state);
        if (!state.cause) forget();
        else if (!isTold && !entries.length) fail(state.cause);
      });
    },
    forget: () => run(forget),
  };
};
