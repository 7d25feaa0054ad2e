import { codeOf, EventSourceError, messageOf, platform, type ServerSentEvent } from "../base/index.js";
import type { Run } from "../engine/index.js";
import { type Decode, json } from "../options/index.js";

/** Takes an error that concerns events, not the connection. */
export type Fail = (error: EventSourceError) => void;

/** An event whose data are the string that the server sent until they are decoded. */
export interface RawEvent {
  readonly type: string;
  readonly raw: string;
  data: unknown;
}

/** Decodes the data of an event, that at the run's place, and tells a failure. Says whether it worked. */
export const decoded = (event: RawEvent, decode: Decode, fail: Fail, run?: Run<unknown>): boolean => {
  try {
    event.data = run && event.raw && decode === json ? run.json(run.at) : decode(event.raw);
    return true;
  } catch (cause) {
    const code = codeOf(cause) ?? "decode";
    const message = `cannot decode an event "${event.type}": ${messageOf(cause)}`;
    fail(new EventSourceError(code, message, { cause, event: event as ServerSentEvent<string, string> }));
    return false;
  }
};

/** The reader itself gets the error. */
export const toReader: Fail = () => {};

/** An event that is decoded when the first reader takes it, and only once. */
export interface Undecoded {
  readonly event: ServerSentEvent;
  /** Decodes the event, and tells a failure once; with {@link toReader} each reader leaves and throws it. Says whether it worked. */
  decode(fail: Fail, leave?: () => void): boolean;
}

export const undecoded = (event: RawEvent, how: Decode): Undecoded => {
  let isDecoded: boolean | undefined;
  return {
    event: event as ServerSentEvent,
    decode(fail, leave) {
      if (fail !== toReader) isDecoded ??= decoded(event, how, fail);
      else
        isDecoded ||= decoded(event, how, (error) => {
          leave?.();
          throw error;
        });
      return isDecoded;
    },
  };
};

/** How long errors are collected, in milliseconds. */
const PERIOD = 1000;

/** Tells of events that cannot be decoded, at a bounded rate. */
export interface Undecodable {
  readonly fail: Fail;
  /** Tells the failures that are not told yet. */
  flush(): void;
}

/**
 * The first error is told at once. Of those that follow within a second, the first is kept, and says how many more there
 * were: a server that sends nothing but broken data must not cost a page ten thousand reports.
 *
 * @param isFree - says whether each error is told at once
 */
export const createUndecodable = (tell: Fail, isFree: () => boolean): Undecodable => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let kept: EventSourceError | undefined;
  let more = 0;
  const tellKept = () => {
    platform.clearTimeout(timer);
    timer = undefined;
    if (!kept) return;
    const { code, message, cause } = kept;
    const error = more
      ? new EventSourceError(code, `${message}; and ${more} more events after it`, { ...kept, cause, more })
      : kept;
    kept = undefined;
    more = 0;
    tell(error);
  };
  const over = () => {
    const isBusy = kept;
    tellKept();
    if (isBusy) timer = platform.setTimeout(over, PERIOD);
  };
  return {
    fail(error) {
      if (isFree()) tell(error);
      else if (timer === undefined) {
        timer = platform.setTimeout(over, PERIOD);
        tell(error);
      } else if (kept) more++;
      else kept = error;
    },
    flush: tellKept,
  };
};
