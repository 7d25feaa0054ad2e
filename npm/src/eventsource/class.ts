/** The drop-in class. */

import {
  type ConnectionState,
  findPlatform,
  type EventSource as PlatformEventSource,
  platform,
  report,
} from "../base/index.js";
import {
  cancel,
  createReader,
  createSend,
  type Engine,
  type EngineHost,
  type EngineSettings,
  type FailedAttempt,
  isEventStream,
  type Send,
  start,
  startError,
} from "../engine/index.js";
import { settings } from "../options/index.js";
import { eventHandler } from "./handler.js";
import { type Fetch, Refusal, withDiagnosis } from "./refusal.js";
import type { EventSourceConstructor, EventSourceInit } from "./types.js";
import { absolute } from "./url.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** [spec] … probably in the region of a few seconds. As in Chromium and WebKit. */
const reconnectionTimeMs = 3000;

/**
 * Whether another attempt follows a failure, by the standard's rules in place of the package's own.
 *
 * [spec] If res is an aborted network error, then fail the connection. Otherwise, if res is a network error, then
 * reestablish the connection, unless the user agent knows that to be futile … Otherwise, if res's status is not 200,
 * or if res's `Content-Type` is not `text/event-stream`, then fail the connection.
 */
const shouldRetry = ({ retryable, cause: { code, cause } }: FailedAttempt): boolean =>
  retryable && code !== "status" && !(cause instanceof Refusal) && (cause as Error)?.name !== "AbortError";

/** Reports a value that the application throws: an event `error` does not have it. */
const reported = async <T>(call: () => T): Promise<Awaited<T>> => {
  try {
    return await call();
  } catch (error) {
    report(error);
    throw error;
  }
};

/** Checks the parts of the request, and gives the settings of a source that has the standard's policy. */
const settingsOf = (init: EventSourceInit, url: string, isAllowed: boolean): EngineSettings => {
  const { headers, method, body, mode, redirect, fetch } = init;
  const set = settings(
    {
      transport: "fetch",
      ...{ method, mode, redirect, fetch },
      body: typeof body === "function" ? (attempt) => reported(() => body(attempt)) : body,
      headers: typeof headers === "function" ? (attempt) => reported(() => headers(attempt)) : headers,
      withCredentials: !!init.withCredentials,
      idempotent: !!init.idempotent,
      // The standard adds no random part to the wait.
      retry: { initialMs: reconnectionTimeMs, maxMs: 0, shouldRetry },
      connectTimeoutMs: Infinity,
      dropReplays: false,
    },
    url,
  );
  const send: Fetch = isAllowed
    ? (set.fetch ?? ((url, init) => platform.fetch(url, init)))
    : () => Promise.reject(new Refusal("no browser sends the password of an event stream's URL"));
  // As for the standard's class, nothing that befalls the page matters but the back/forward cache.
  return { ...set, hidden: undefined, fetch: withDiagnosis(send, set.request !== "once") };
};

/** Follows the page into the back/forward cache and out of it, until the signal is aborted. */
const followPage = (signal: AbortSignal, leave: (restored: Promise<void> | undefined) => void): void => {
  // In workers nobody calls it, and in Node it is missing.
  globalThis.addEventListener?.(
    "pagehide",
    ({ persisted }) =>
      leave(
        persisted
          ? new Promise((resolve) => addEventListener("pageshow", () => resolve(), { once: true, signal }))
          : undefined,
      ),
    { signal },
  );
};

class DropIn extends EventTarget {
  readonly #url: string;
  readonly #withCredentials: boolean;
  readonly #once: boolean;
  readonly #open = eventHandler(this, "open");
  readonly #message = eventHandler(this, "message");
  readonly #error = eventHandler(this, "error");
  /** Aborted when the source is closed. */
  readonly #life = new AbortController();
  #readyState = CONNECTING;
  #engine: Engine | undefined;
  /** Whether the reconnection time is being waited for. */
  #waits = false;
  /** Requests are made when the page is back. */
  #restored: Promise<void> | undefined;

  constructor(url: string | URL, init: EventSourceInit | null = {}) {
    super();
    // biome-ignore lint/complexity/noArguments: the standard tells a missing URL from one that is `undefined`
    if (!arguments.length) throw new TypeError("new EventSource() needs a URL");
    findPlatform();
    const given = init ?? {};
    if (Object(given) !== given) throw new TypeError("new EventSource() takes an object after the URL");
    this.#url = absolute(`${url}`);
    this.#withCredentials = !!given.withCredentials;

    const target = new URL(this.#url);
    const isAllowed = !target.username && !target.password;
    target.username = target.password = "";
    const set = settingsOf(given, target.href, isAllowed);
    this.#once = set.request === "once";
    this.#start(target.href, set).catch((cause) => this.#closed(startError(cause)));
    followPage(this.#life.signal, (restored) => this.#leave(restored));
  }

  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  get readyState(): number {
    return this.#readyState;
  }

  get onopen() {
    return this.#open.get();
  }

  set onopen(value: unknown) {
    this.#open.set(value);
  }

  get onmessage() {
    return this.#message.get();
  }

  set onmessage(value: unknown) {
    this.#message.set(value);
  }

  get onerror() {
    return this.#error.get();
  }

  set onerror(value: unknown) {
    this.#error.set(value);
  }

  close(): void {
    this.#readyState = CLOSED;
    this.#life.abort();
    this.#engine?.close();
    this.#engine = undefined;
  }

  async #start(url: string, set: EngineSettings) {
    const create = await start();
    if (this.#readyState === CLOSED) return;
    const request = createSend(set, report);
    const send: Send = async (url, init, attempt, aim) => {
      await this.#restored;
      init.signal.throwIfAborted();
      const [response] = await request(url, init, attempt, aim);
      const isStream = response.status === 200 && isEventStream(response.headers);
      // What it says instead is shown nowhere, and must not be waited for.
      if (!isStream) cancel(response.body);
      return [response];
    };
    const host: EngineHost = {
      stats: { attempts: 0, opened: 0, events: 0, dropped: 0, replays: 0, gaps: 0, reused: 0 },
      batch: ({ wanted, origin, idBefore }) => {
        const reader = createReader(wanted, String, undefined, idBefore);
        while (reader.next())
          for (let place = 0; place < reader.count; place++) {
            const { raws, ids } = reader;
            const init = { data: raws[place] as string, lastEventId: ids[place] as string, origin };
            // [spec] … if the readyState attribute is set to a value other than CLOSED, dispatches the newly created event.
            if (this.#readyState !== CLOSED) super.dispatchEvent(new MessageEvent(reader.type(place), init));
          }
      },
      changed: (state) => this.#changed(state),
    };
    this.#engine = create(host, url, set, send);
    // Who has added a listener is known to the browser alone.
    this.#engine.listen("", true);
    this.#engine.start();
  }

  #changed(state: ConnectionState) {
    this.#waits = state.status === "reconnecting";
    if (state.status === "open") {
      // [spec] announce the connection
      this.#readyState = OPEN;
      super.dispatchEvent(new Event("open"));
    } else if (state.status === "closed") this.#closed(state.cause);
    else if (state.status === "reconnecting") {
      // [spec] reestablish the connection
      this.#readyState = CONNECTING;
      if (state.cause.code !== "asked") super.dispatchEvent(new Event("error"));
    }
  }

  /** [spec] fail the connection */
  #closed(cause: unknown) {
    if (this.#readyState === CLOSED) return;
    // The event `error` does not say why.
    if (cause) console.error(cause);
    this.close();
    super.dispatchEvent(new Event("error"));
  }

  /** The user leaves the page, which may go into the back/forward cache: it must have no connection there. */
  #leave(restored: Promise<void> | undefined) {
    if (!restored || this.#once) return this.close();
    this.#restored = restored;
    // The connection is dropped at once; the next request waits until the page is back.
    if (!this.#waits) this.#engine?.reconnect();
  }
}

const constant = (value: unknown) => ({ value, enumerable: true });
const constants = { CONNECTING: constant(CONNECTING), OPEN: constant(OPEN), CLOSED: constant(CLOSED) };
// As Web IDL demands: members that a class declares are not enumerable, and a minifier takes the class's name away.
Object.defineProperties(DropIn, { ...constants, name: { value: "EventSource" } });
Object.defineProperties(DropIn.prototype, {
  ...constants,
  [Symbol.toStringTag]: { value: "EventSource", configurable: true },
});
for (const name of ["url", "withCredentials", "readyState", "onopen", "onmessage", "onerror", "close"])
  Object.defineProperty(DropIn.prototype, name, { enumerable: true });

/**
 * The standard's `EventSource` over fetch and this package's engine: for code that expects the browser's class, and
 * needs headers, another method, a body or a `fetch` of its own.
 *
 * The policy is the standard's, not that of `connect()`. The wait is the reconnection time without a random part: 3 s,
 * until the server sets it. Any status but 200, a wrong content type and an answer that CORS withholds close the source;
 * the console says why. Beyond the standard, a request that is no GET closes the source when it ends, and also when it
 * fails, unless it is `idempotent`.
 *
 * In the back/forward cache the source has no connection. When the page comes back, the source connects again at once,
 * without an event `error`, as whatwg/html#12381 proposes. If the request must not be repeated, the source is closed.
 *
 * A class made of JavaScript cannot do everything. These are the differences:
 * - `isTrusted` is `false`, and developer tools show a fetch in place of events.
 * - The events of one chunk come in one task, with no microtasks between the listeners of an event.
 * - To another origin `Last-Event-ID` costs a preflight. If its answer does not allow the header, the source is closed.
 * - An id over 4 KiB is not sent, and an event over 16 MiB closes the source.
 * - A connection that `window.stop()` breaks is reestablished: to fetch it looks like any other network error. So does a
 *   request that a content security policy blocks.
 * - After a request without an answer, up to two more requests find out whether CORS is the reason. They are aborted at
 *   once.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
 *
 * @example
 * ```ts
 * import { EventSource } from "typed-eventsource/eventsource";
 *
 * const source = new EventSource("/orders/stream", { headers: { authorization: "Bearer …" } });
 * source.addEventListener("orderUpdate", (event) => console.log(event.data, event.lastEventId));
 * ```
 */
export const EventSource = DropIn as unknown as EventSourceConstructor;

/** An instance of the drop-in class. */
export type EventSource = PlatformEventSource;
