import { encoder } from "./module.js";

/** Reads a stream over fetch to its end. After the signal's abort it throws, and nothing is heard. */
export const readFetch = async (
  url: string,
  withCredentials: boolean,
  signal: AbortSignal,
  lastEventId: string,
  answered: (response: Response) => void,
  chunk: (bytes: Uint8Array) => void,
): Promise<void> => {
  // What was on its way when the signal was aborted.
  const heard = <T>(value: T): T => {
    signal.throwIfAborted();
    return value;
  };
  // [spec] Set request's header list's `Accept` to `text/event-stream`.
  const headers = {
    accept: "text/event-stream",
    // [spec] Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8.
    // A header's value is a byte string: one character for each byte.
    ...(lastEventId && { "last-event-id": String.fromCharCode(...encoder.encode(lastEventId)) }),
  };

  const response = await fetch(url, {
    headers,
    signal,
    // [spec] Set request's cache mode to "no-store".
    cache: "no-store",
    credentials: withCredentials ? "include" : "same-origin",
  });
  answered(heard(response));
  const reader = heard(response).body?.getReader();
  for (;;) {
    const result = heard(await reader?.read());
    if (!result?.value) return;
    chunk(result.value);
  }
};
