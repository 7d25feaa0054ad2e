/** What comes over the browser's EventSource. */
import { GAP, INTERRUPTED, NETWORK, RECEIVED, REFUSED } from "./codes.js";
import type { Fail } from "./failures.js";
import type { Handle } from "./handle.js";
import type { Link } from "./link.js";
import type { EngineHost } from "./seam.js";
import type { EngineSettings } from "./settings.js";

/**
 * @param opened - takes note that the stream is open
 * @param isTimed - says whether anything is due that an event could put off
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
  // Whether the connection's own origin is.
  let isOriginKnown = false;
  return {
    opened(): void {
      // It may have been redirected.
      isOriginKnown = false;
      opened();
    },

    message(type: string, { data, lastEventId, origin }: MessageEvent<string>): void {
      // A new EventSource begins without a last event ID, although the stream may go on with one.
      link.hasId ||= !!lastEventId;
      if (link.hasId) link.id = lastEventId;
      if (isTimed()) handle.tell(RECEIVED);
      if (!isOriginKnown) {
        isOriginKnown = true;
        link.origin = origin;
      }
      if (type === gapEvent) handle.tell(GAP);
      if (dropReplays && handle.replayed(lastEventId)) host.stats.replays++;
      else host.event?.(type, data, link.id, link.origin, link.asked);
    },

    lost(isForGood: boolean): void {
      if (isForGood) fail(REFUSED);
      else fail(NETWORK, ": EventSource hides why", {}, INTERRUPTED);
    },
  };
};
