import { type ConnectionState, EventSourceError, type Gap, report } from "../base/index.js";
import type { Deliver } from "./delivery.js";
import { createHandlers, emit, type Handlers } from "./handlers.js";
import { createUndecodable, type Fail } from "./undecoded.js";

/** Tells the application what is no event: states, errors, gaps. */
export interface Lifecycle {
  readonly handlers: Handlers;
  /** Tells an error now; an uncaught one if nobody listens. */
  readonly fail: Fail;
  /** Tells it after the delivery that is under way. */
  readonly failLater: Fail;
  /** Likewise for an error that is no loss: a warning on the console if nobody listens. */
  readonly warnLater: Fail;
  /** Tells of an event that cannot be decoded, at a bounded rate. */
  readonly failDecoding: Fail;
  gap(gap: Gap): void;
  /** Tells a state. `isTold`: somebody else is told what failed, if something did. */
  state(state: ConnectionState, isTold: boolean): void;
}

export const createLifecycle = (run: Deliver): Lifecycle => {
  const handlers = createHandlers();
  const tell = (error: EventSourceError, otherwise: (error: unknown) => void) => {
    const entries = handlers.of("error");
    if (entries.length) emit(entries, error);
    else otherwise(error);
  };
  const fail: Fail = (error) => tell(error, report);
  const failLater: Fail = (error) => run(() => fail(error));
  const undecodable = createUndecodable(fail);
  return {
    handlers,
    fail,
    failLater,
    warnLater: (error) => run(() => tell(error, console.warn)),
    failDecoding: undecodable.fail,
    gap(gap) {
      const entries = handlers.of("gap");
      const message = `the server does not go on from the id "${gap.asked}", some events are lost`;
      if (entries.length) emit(entries, gap);
      else fail(new EventSourceError("gap", message));
    },
    state(state, isTold) {
      run(() => {
        const entries = handlers.of("state");
        if (state.status !== "closed") return emit(entries, state);
        undecodable.close();
        emit(entries, state);
        if (state.cause && !isTold && !entries.length) fail(state.cause);
        // Readers read on, and a storage may fail yet: such errors are still told.
        handlers.clear((_, key) => key !== "error");
      });
    },
  };
};
