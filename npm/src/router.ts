import type { Pending } from "./cursor.js";
import { EventSourceError, messageOf } from "./errors.js";
import { emit, type Handlers, type Watch } from "./handlers.js";
import type { Settings } from "./options.js";
import type { ServerSentEvent } from "./types.js";

/** Stands for all event types among the handlers. No event's own is empty. */
export const ANY = "";

/** Takes note of what could not be decoded. */
export type Fail = (error: EventSourceError) => void;

/** An event that is decoded when somebody wants it, once however many they are. */
export interface Undecoded {
  readonly event: ServerSentEvent;
  /** Says whether it could be decoded; tells why not, once. */
  decode(fail: Fail): boolean;
}

/** Brings an event to those who want its type; gives what has to be waited for until it is processed. */
export type Route = (
  type: string,
  raw: string,
  lastEventId: string,
  origin: string,
) => readonly Pending[] | undefined;

/**
 * @param decoderOf - how to decode an event type
 * @param handlers - of each event type, and of {@link ANY}
 * @param fail - takes what could not be decoded
 * @param watch - waits for what handlers answer
 */
export const createRouter = (
  decoderOf: Settings["decoderOf"],
  handlers: Handlers,
  fail: Fail,
  watch?: Watch,
): Route => {
  const decode = (event: { type: string; raw: string; data: unknown }, fail: Fail) => {
    const { type, raw } = event;
    try {
      event.data = decoderOf(type)(raw);
      return true;
    } catch (cause) {
      const code = cause instanceof EventSourceError ? cause.code : "decode";
      const message = `cannot decode an event "${type}": ${messageOf(cause)}`;
      const undecoded = event as ServerSentEvent<string, string>;
      fail(new EventSourceError(code, message, { cause, event: undecoded }));
      return false;
    }
  };

  return (type, raw, lastEventId, origin) => {
    // As they are now: who subscribes while the event is delivered does not get it.
    const all = [...handlers.of(type), ...handlers.of(ANY)];
    if (!all.length) return;
    const entries = all.filter(({ reads }) => !reads);
    const event = { type, data: raw as unknown, lastEventId, origin, raw };
    let decoded: boolean | undefined;
    const undecoded: Undecoded = {
      event,
      decode(fail) {
        decoded ??= decode(event, fail);
        return decoded;
      },
    };
    // A function that tells events apart may end another's subscription.
    const pending = all.flatMap(
      ({ handler, reads }) => (reads && (handler?.(undecoded as never) as Pending)) || [],
    );
    if (entries.length && undecoded.decode(fail)) pending.push(...emit(entries, event, watch));
    return pending;
  };
};
