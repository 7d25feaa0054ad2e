/** What comes over the browser's EventSource. */
import { GAP, INTERRUPTED, NETWORK, RECEIVED, REFUSED, REPLAY, REUSED } from "./codes.js";
import type { Fail } from "./failures.js";
import type { Handle } from "./handle.js";
import type { Link } from "./link.js";
import type { EngineHost } from "./seam.js";
import type { EngineSettings } from "./settings.js";

/** A replacement's events may lack what they should have. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The longest id that is sent back to a server, as in `src/protocol/connection.rs`. */
const LONGEST_ID = 4096;

/**
 * @param opened - takes note that the stream is open
 * @param isTimed - says whether a timer runs that an event could put off
 */
export const createEventSourceHandler = (
  host: EngineHost,
  { gapEvent, dropReplays }: EngineSettings,
  handle: Handle,
  link: Link,
  opened: () => void,
  fail: Fail,
  isTimed: () => boolean,
) => {
  // Whether the origin of this connection is known.
  let isOriginKnown = false;
  // The newest event with an id of its own, as far as that shows.
  let newest: [lastEventId: string, type: string, data: string] | undefined;
  return {
    opened(): void {
      // The request may have been redirected.
      isOriginKnown = false;
      opened();
    },

    message(type: string, data: string, lastEventId: string, event: { readonly origin?: unknown }): void {
      // A new EventSource begins without a last event ID, although the stream may go on with one.
      link.hasId ||= !!lastEventId;
      if (lastEventId !== link.id) newest = lastEventId ? [lastEventId, type, data] : undefined;
      if (link.hasId) link.id = lastEventId;
      if (isTimed()) handle.tell(RECEIVED);
      if (!isOriginKnown) {
        isOriginKnown = true;
        // Each look at it would make a text of it.
        link.origin = text(event.origin);
      }
      if (type === gapEvent) handle.tell(GAP);
      // A longer id is never sent back, and would cost its length for each event.
      const found =
        dropReplays && lastEventId.length <= LONGEST_ID && handle.replayed(lastEventId, type, data, true);
      if (found === REPLAY) {
        host.stats.replays++;
        return;
      }
      if (found === REUSED) {
        host.stats.reused++;
        host.reused?.(lastEventId);
      }
      host.event?.(type, data, link.id, link.origin, link.asked);
    },

    /** Fetch takes over, and resumes from the newest event: it is a replay if it comes again. */
    handOver(): void {
      if (newest && !dropReplays) handle.replayed(...newest, false);
      newest = undefined;
    },

    lost(isForGood: boolean): void {
      if (isForGood) fail(REFUSED);
      else fail(NETWORK, ": EventSource hides why", {}, INTERRUPTED);
    },
  };
};
