import { ask, type ServerSentEvent } from "../base/index.js";
import type { Run } from "../engine/index.js";
import type { Settings } from "../options/index.js";

/** The events of one connection have this in common. */
export interface Stream {
  readonly origin: string;
  /** The id from which the connection was resumed; `""` if it began anew. */
  readonly resumedFrom: string;
}

/** Looks at the events that the source itself needs. */
export interface Concerns {
  /** Whether the events of a type have to be looked at. */
  isSpecial(type: string): boolean;
  /** Looks at the event at the run's place. Says whether it is to be delivered. */
  passes(type: string, run: Run<unknown>, stream: Stream): boolean;
}

/**
 * @param settings - `heartbeatEvent`: events of this type only prove the stream alive; `gapEvent`: events of this type tell of a
 *   gap; `until`: whether an event ends the stream
 * @param gap - told of a gap
 * @param end - told of the event that ends the stream
 * @param isClosed - says whether the source is closed: then nothing passes
 */
export const createConcerns = (
  { heartbeatEvent, gapEvent, until }: Pick<Settings, "heartbeatEvent" | "gapEvent" | "until">,
  gap: (asked: string, got: string) => void,
  end: () => void,
  isClosed: () => boolean,
): Concerns => ({
  isSpecial: (type) => !!until || type === heartbeatEvent || type === gapEvent,
  passes(type, { raws, ids, at }, { origin, resumedFrom }) {
    if (type === heartbeatEvent) return false;
    const [raw, lastEventId] = [raws[at] as string, ids[at] as string];
    const event: ServerSentEvent<string, string> = { type, data: raw, lastEventId, origin, raw };
    if (until && ask("until", until, event)) {
      end();
      return false;
    }
    if (type === gapEvent) gap(resumedFrom, resumedFrom === lastEventId ? "" : lastEventId);
    return !isClosed();
  },
});
