import type { createEventSourceHandler } from "./over-event-source.js";

/** Always listened to, since they are the browser's own. */
const own = ["open", "error"];

const text = (value: unknown) => (typeof value === "string" ? value : "");

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
  const source = new EventSource(url, { withCredentials });
  signal.onabort = () => {
    try {
      source.close();
    } catch {
      // A replacement's: nothing is heard of it any more.
    }
  };
  const isClosed = () => {
    try {
      // [spec] CLOSED (numeric value 2): The connection is not open, and the user agent is not trying to reconnect.
      return source.readyState === 2;
    } catch {
      return true;
    }
  };
  const listeners = new Map<string, (event: MessageEvent) => void>();
  const listen = (type: string, wanted: boolean) => {
    const isOwn = own.includes(type);
    const listener =
      listeners.get(type) ??
      (({ data, lastEventId, origin }) => {
        // A replacement need not know the signal.
        if (signal.aborted) return;
        // A server may send events named `open` and `error`. They have data, whatever their class: a replacement's may be
        // its own.
        if (typeof data === "string") message(type, data, text(lastEventId), text(origin));
        else if (type === "open") opened();
        else if (isOwn) lost(isClosed());
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
