/** Always listened to, since they are the browser's own. */
const own = ["open", "error"];

/**
 * Opens a stream over the browser's EventSource, with one listener for every event type. After the signal's
 * abort it is closed, and nothing is heard.
 *
 * @returns what starts or stops to listen to an event type
 */
export const openEventSource = (
  url: string,
  withCredentials: boolean,
  signal: AbortSignal,
  opened: () => void,
  message: (event: MessageEvent<string>) => void,
  lost: (forGood: boolean) => void,
): ((type: string, wanted: boolean) => void) => {
  const source = new EventSource(url, { withCredentials });
  signal.onabort = () => source.close();
  const listener = (event: Event) => {
    // A server may send events named `open` and `error`: those are messages.
    if (event instanceof MessageEvent) message(event);
    else if (event.type === "open") opened();
    // [spec] CLOSED (numeric value 2): The connection is not open, and the user agent is not trying to reconnect.
    else lost(source.readyState === 2);
  };
  const listen = (type: string, wanted: boolean) => {
    if (wanted) source.addEventListener(type, listener, { signal });
    else if (!own.includes(type)) source.removeEventListener(type, listener);
  };
  for (const type of own) listen(type, true);
  return listen;
};
