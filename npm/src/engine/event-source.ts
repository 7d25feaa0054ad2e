import type { createEventSourceHandler } from "./over-event-source.js";

/** Always listened to, since they are the browser's own. */
const own = ["open", "error"];

/**
 * Opens a stream over the browser's EventSource. After the signal's abort it is closed, and nothing is heard.
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
  signal.onabort = () => source.close();
  const listeners = new Map<string, (event: Event) => void>();
  const listen = (type: string, wanted: boolean) => {
    const isOwn = own.includes(type);
    const listener =
      listeners.get(type) ??
      ((event) => {
        // A server may send events named `open` and `error`: those are messages.
        if (!isOwn || event instanceof MessageEvent) message(type, event as MessageEvent);
        else if (type === "open") opened();
        // [spec] CLOSED (numeric value 2): The connection is not open, and the user agent is not trying to reconnect.
        else lost(source.readyState === 2);
      });
    if (wanted) {
      listeners.set(type, listener);
      source.addEventListener(type, listener, { signal });
    } else if (!isOwn) {
      listeners.delete(type);
      source.removeEventListener(type, listener);
    }
  };
  for (const type of [...own, ...types]) listen(type, true);
  return listen;
};
