import { EventSourceError, messageOf } from "./errors.js";
import { emit, type Handlers } from "./handlers.js";
import type { Settings } from "./options.js";

/** Stands for all event types among the handlers. No event's own is empty. */
export const ANY = "";

/** Brings an event to the handlers of its type, decoded once however many they are. */
export type Route = (type: string, raw: string, lastEventId: string, origin: string) => void;

/**
 * @param decoderOf - how to decode an event type
 * @param handlers - of each event type, and of {@link ANY}
 * @param fail - takes what could not be decoded
 */
export const createRouter =
  (decoderOf: Settings["decoderOf"], handlers: Handlers, fail: (error: EventSourceError) => void): Route =>
  (type, raw, lastEventId, origin) => {
    // As they are now: who subscribes while the event is delivered does not get it.
    const entries = [...handlers.of(type), ...handlers.of(ANY)];
    if (!entries.length) return;
    const event = { type, data: raw as never, lastEventId, origin, raw };
    try {
      event.data = decoderOf(type)(raw) as never;
    } catch (cause) {
      const code = cause instanceof EventSourceError ? cause.code : "decode";
      const message = `cannot decode an event "${type}": ${messageOf(cause)}`;
      return fail(new EventSourceError(code, message, { cause, event }));
    }
    emit(entries, event);
  };
