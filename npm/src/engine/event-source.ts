import { platform } from "../base/index.js";
import { type createEventSourceHandler, text } from "./over-event-source.js";
import { look } from "./page.js";

/** Always listened to, since they are the browser's own. */
const own = ["open", "error"];

/**
 * Opens a stream over the browser's EventSource, or over a replacement that has event classes of its own. After the signal's abort it is closed, and nothing is heard.
 *
 * @param types - the event types that are listened to at first
 * @returns what starts or stops to listen to an event type
 */
export const openEventSource = (
  url: string,
  withCredentials: boolean,
  signal: AbortSignal,
  types: Iterable<string>,
  { opened, message, lost }: ReturnType<typeof createEventSourceHandler>,
): ((type: string, wanted: boolean) => void) => {
  const source = new platform.EventSource(url, { withCredentials });
  /** A replacement's may throw: then it is given up. */
  const attempt = <T>(call: () => T) => {
    try {
      return call();
    } catch {
      return true;
    }
  };
  signal.onabort = () => attempt(() => source.close());
  const listeners = new Map<string, (event: MessageEvent) => void>();
  const listen = (type: string, wanted: boolean) => {
    const isOwn = own.includes(type);
    const listener =
      listeners.get(type) ??
      ((event) => {
        const { data } = event;
        look();
        // A replacement need not know the signal, and whoever heard of a sleep may have closed.
        if (signal.aborted) return;
        // A server may send events named `open` and `error`. They have data, whatever their class: a replacement's may be
        // its own.
        if (typeof data === "string") message(type, data, text(event.lastEventId), event);
        else if (type === "open") opened();
        // [spec] CLOSED (numeric value 2): The connection is not open, and the user agent is not trying to reconnect.
        else if (isOwn) lost(attempt(() => source.readyState === 2));
      });
    if (wanted) {
      listeners.set(type, listener);
      source.addEventListener(type, listener as EventListener, { signal });
    } else if (!isOwn) {
      listeners.delete(type);
      source.removeEventListener(type, listener as EventListener);
    }
  };
  for (const type of [...own, ...types]) listen(type, true);
  return listen;
};
