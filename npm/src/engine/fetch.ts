import { type AbortSignal, platform } from "../base/index.js";
import { bytesOf, excerpt, readerOf } from "./body.js";
import { BY_GET, BY_QUERY } from "./codes.js";
import { encode } from "./module.js";
import type { createFetchHandler } from "./over-fetch.js";
import { type createPace, joined } from "./pace.js";
import { look } from "./page.js";
import type { Aim, Init, Send } from "./request.js";
import type { Attempt, EngineSettings } from "./settings.js";

/** Decides when the next bytes are read. */
export interface Pacing extends ReturnType<typeof createPace> {}

/** Gives the promise that the next bytes have to wait for: `wait`, if that is given. */
export type Hold = (wait?: Promise<void>) => Promise<void> | undefined;

/**
 * The chunks of a body to its end, as they are to be handed over.
 *
 * @param read - reads the body
 * @param pace - says when the next bytes have to wait
 */
export async function* chunksOf(
  read: () => Promise<{ readonly value?: Uint8Array | undefined }> | undefined,
  hold: Hold,
  pace: Pacing,
): AsyncIterableIterator<Uint8Array> {
  // A read that is still pending, or the read that ends the stream.
  let next: ReturnType<typeof read>;
  let isOver = false;
  let asked = 0;
  const ask = () => {
    asked = platform.performance.now();
    next ??= read();
    return next;
  };
  // While nobody reads, a browser may keep the chunks one by one: all that are there before `tick` is fulfilled are handed
  // over together.
  const drain = async (tick: Promise<void>) => {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const result = await Promise.race([ask(), tick]).catch(() => ({ value: undefined }));
      isOver = !!result;
      if (!result?.value) return joined(chunks);
      next = undefined;
      try {
        chunks.push(bytesOf(result.value) as Uint8Array);
      } catch (error) {
        // The chunks before it are handed over first.
        next = Promise.reject(error);
        next.catch(() => {});
        return joined(chunks);
      }
    }
  };
  let tick: Promise<void> | undefined;
  for (;;) {
    const held = hold();
    if (held) await held;
    let bytes = tick && (await drain(tick));
    if (!bytes?.length) {
      bytes = bytesOf((await ask())?.value);
      next = undefined;
      if (!bytes) return;
    }
    // The last of the chunks that came together.
    const ms = platform.performance.now() - asked;
    yield bytes;
    tick = undefined;
    const wait = !isOver && pace.isWaiting(bytes.length, ms) ? pace.wait() : undefined;
    if (wait) {
      await hold(wait);
      tick = pace.wait({ everyMs: 0 });
    }
  }
}

/**
 * The parts that every request has.
 *
 * @param way - how the server is told the last event ID
 */
export const initOf = (
  { withCredentials }: EngineSettings,
  signal: AbortSignal,
  lastEventId: string,
  way?: number,
): Init => ({
  // [spec] Set request's header list's `Accept` to `text/event-stream`.
  headers: {
    accept: "text/event-stream",
    // [spec] Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8.
    // A header's value is a byte string: one character for each byte.
    ...(way && way !== BY_QUERY && { "last-event-id": String.fromCharCode(...encode(lastEventId)) }),
  },
  signal,
  // [spec] Set request's cache mode to "no-store". Cloudflare Workers without caching throw at that.
  ...("cache" in platform.Request.prototype && { cache: "no-store" as const }),
  credentials: withCredentials ? ("include" as const) : ("same-origin" as const),
  ...(way === BY_GET && { method: "GET" }),
});

/**
 * Reads a stream over fetch to its end, or to the signal's abort, after which nothing is heard.
 *
 * @param send - makes the request where it is of the application's own
 * @param aim - says where the request goes, if the application is asked for its URL
 * @param way - how the server is told the last event ID
 * @param handler - gets what comes
 * @param pace - is ended with the signal's abort
 */
export const readFetch = async (
  url: string,
  settings: EngineSettings,
  send: Send | undefined,
  signal: AbortSignal,
  attempt: Attempt,
  aim: Aim,
  way: number | undefined,
  { answered, refused, chunk }: ReturnType<typeof createFetchHandler>,
  hold: Hold,
  pace: Pacing,
): Promise<void> => {
  const init = initOf(settings, signal, attempt.lastEventId, way);
  // A handler may abort the signal at any step: after that nothing more is handed over.
  const heard = <T>(value: T): T => {
    signal.throwIfAborted();
    return value;
  };
  const [response, bodyText] = heard(
    send ? await send(url, init, attempt, aim) : ([await platform.fetch(url, init)] as const),
  );
  if (!answered(response)) return refused(response, bodyText ?? heard(await excerpt(response, signal)));
  const { read } = readerOf(heard(response), signal);
  const holdHeard: Hold = (...wait) => heard(hold)(...wait)?.then(heard);
  for await (const bytes of chunksOf(() => heard(read()), holdHeard, pace)) {
    heard(look());
    heard(chunk(bytes));
  }
};
