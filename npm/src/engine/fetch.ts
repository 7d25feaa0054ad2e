import type { EventSourceError } from "../errors.js";
import type { Attempt, Settings } from "../options.js";
import { failure } from "./message.js";
import { encoder } from "./module.js";
import { createPace, joined, later } from "./pace.js";
import type { Send } from "./request.js";

/** Reads a body until the signal's abort. A fetch of the application's own need not look at the signal. */
const readerOf = ({ body }: Response, signal: AbortSignal) => {
  const reader = body?.getReader();
  const cancel = () => reader?.cancel().catch(() => {});
  signal.onabort = cancel;
  return { read: () => reader?.read(), cancel };
};

/** The beginning of a body that is no event stream: at most 2 KiB, and what comes within a second. */
const excerpt = async (response: Response, signal: AbortSignal): Promise<string> => {
  // A fetch of the application's own may have read it.
  if (response.body?.locked) return "";
  const { read, cancel } = readerOf(response, signal);
  const decoder = new TextDecoder();
  let text = "";
  const timer = setTimeout(cancel, 1000);
  try {
    for (let room = 2048; room > 0; ) {
      const bytes = (await read())?.value;
      if (!bytes) break;
      text += decoder.decode(bytes.subarray(0, room), { stream: true });
      room -= bytes.length;
    }
  } catch {
    // What came before it broke off is better than nothing.
  }
  clearTimeout(timer);
  cancel();
  return text;
};

/** The error of a response with status 401, which may be answered by a new request. */
export const unauthorized = async (response: Response, signal: AbortSignal): Promise<EventSourceError> => {
  const { status, headers } = response;
  return failure("status", ` ${status}`, { status, headers, bodyText: await excerpt(response, signal) });
};

/**
 * Reads a stream over fetch to its end. After the signal's abort it throws, and nothing is heard.
 *
 * @param send - makes the request where it is of the application's own
 * @param resume - whether the last event ID goes into the header
 * @param answered - gets the response, and says whether it is an event stream
 * @param refused - gets the response if not, and the beginning of its body
 * @param hold - gives what the next bytes have to wait for, which is `wait` if that is given
 */
export const readFetch = async (
  url: string,
  { withCredentials, delivery }: Settings,
  send: Send | undefined,
  signal: AbortSignal,
  attempt: Attempt,
  resume: boolean,
  answered: (response: Response) => boolean,
  refused: (response: Response, bodyText: string) => void,
  chunk: (bytes: Uint8Array) => void,
  hold: (wait?: Promise<void>) => Promise<void> | undefined,
): Promise<void> => {
  // What was on its way when the signal was aborted.
  const heard = <T>(value: T): T => {
    signal.throwIfAborted();
    return value;
  };
  const init = {
    // [spec] Set request's header list's `Accept` to `text/event-stream`.
    headers: {
      accept: "text/event-stream",
      // [spec] Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8.
      // A header's value is a byte string: one character for each byte.
      ...(resume && { "last-event-id": String.fromCharCode(...encoder.encode(attempt.lastEventId)) }),
    },
    signal,
    // [spec] Set request's cache mode to "no-store".
    cache: "no-store" as const,
    credentials: withCredentials ? ("include" as const) : ("same-origin" as const),
  };
  const [response, bodyText] = heard(
    send ? await send(url, init, attempt) : ([await fetch(url, init)] as const),
  );
  if (!answered(response)) return refused(response, bodyText ?? heard(await excerpt(response, signal)));
  // A handler may have let go of it.
  const { read, cancel } = readerOf(heard(response), signal);
  const mustWait = createPace(delivery);
  // Browsers may keep what comes while nobody reads in as many chunks as it came in: all that are there before this is
  // fulfilled come together.
  let tick: Promise<void> | undefined;
  let next: ReturnType<typeof read>;
  let chunks: Uint8Array[] = [];
  const deliver = () => {
    const bytes = joined(chunks);
    chunks = [];
    // A handler may have let go of it here too.
    if (bytes.length) heard(chunk(bytes));
    return bytes.length;
  };
  for (;;) {
    const held = hold();
    if (held) heard(await held);
    const asked = performance.now();
    next ??= read();
    let isOver = false;
    try {
      const result = heard(await (tick ? Promise.race([next, tick]) : next));
      if (result || !tick) {
        next = undefined;
        isOver = !result?.value;
        if (result?.value) chunks.push(result.value);
        if (tick && !isOver) continue;
      }
    } catch (error) {
      if (!signal.aborted) deliver();
      throw error;
    }
    tick = undefined;
    const ms = performance.now() - asked;
    const size = deliver();
    if (isOver) return;
    if (size && mustWait(size, ms)) {
      let timer: ReturnType<typeof setTimeout>;
      const wait = new Promise<void>((go) => {
        const stop = later(delivery, go);
        signal.onabort = () => {
          stop();
          clearTimeout(timer);
          cancel();
        };
      });
      heard(await hold(wait));
      tick = new Promise((resolve) => {
        timer = setTimeout(resolve, 0);
      });
    }
  }
};
