import type {
  AnyResponse,
  BodyInit,
  EventType,
  HeadersInit,
  PlainSignal,
  RequestInit,
  ServerSentEvent,
  URL,
} from "../base/index.js";
import type { Attempt, FailedAttempt } from "../engine/index.js";
import type { AnyDecoder, Decoder } from "./decode.js";

/**
 * When a lost connection is reestablished: after the reconnection time, plus a random part of
 * `min(maxMs, initialMs · factorⁿ)` after the n-th failure in a row. The server sets the reconnection time with `retry:`,
 * and a longer wait with the header `Retry-After`; of each, more than 30 days count as 30 days.
 */
export interface RetryOptions {
  /** The reconnection time until the server sets one with `retry:`, in milliseconds; default 1,000. */
  readonly initialMs?: number | undefined;
  /** The most that is added to the reconnection time, in milliseconds; default 30,000. */
  readonly maxMs?: number | undefined;
  /** By how much each failure in a row lengthens the wait; default 2. */
  readonly factor?: number | undefined;
  /** After how many failed attempts in a row to give up; default `Infinity`. With 1 there is no second one. */
  readonly maxAttempts?: number | undefined;
  /** How long a stream must have been open for failures to count anew, in milliseconds; default 5,000. */
  readonly stableMs?: number | undefined;
  /**
   * Decides about each failure: `true` retries, `false` closes the source. Default: network errors, 5xx, 429, 425 and 408
   * are retried; of a request that is neither a GET nor `idempotent` only 503, 429, 425 and 408, which say that the server
   * has not carried it out. What it throws, or an answer that is no boolean, is reported, and the default decides.
   *
   * It can have an `idempotent` request repeated whose stream has ended, which no default does; this end has the cause
   * `end-of-stream`. It has no say about a 204. About a request that is neither a GET nor `idempotent` it has a say where
   * a status has refused it, and nowhere else: such a request may have been carried out.
   */
  readonly shouldRetry?: ((failed: FailedAttempt) => boolean) | undefined;
}

/** An event before it is decoded, by which {@link BufferOptions.key | key} tells what it is about. */
export interface UndecodedEvent {
  readonly type: string;
  readonly lastEventId: string;
  /** The data as the server sent it. */
  readonly data: string;
}

/** How events wait for a slow reader, in each `events()`. */
export interface BufferOptions {
  /**
   * How many bytes of events may wait for one reader. Default 4,194,304, 4 MiB. An event counts as the characters of its
   * type, id and data, and 100 more.
   *
   * Nothing is dropped from a reader before it had a turn: events that come together may exceed the limit. One event may
   * exceed it, too. Raise the limit where bursts are larger than what a slow reader may lose.
   */
  readonly limitBytes?: number | undefined;
  /**
   * What happens when more waits for a reader than the limit allows:
   *
   * - `"auto"`, the default: over fetch, `"backpressure"` for readers. Over the browser's EventSource, which cannot be held
   *   back, `"drop-oldest"`
   * - `"drop-oldest"` and `"drop-newest"`: events are lost, which an error `lagged` tells
   * - `"latest-by-key"`: of the events with one `key` only the newest waits, in the place of the one before, whether the
   *   limit is reached or not. Beyond the limit the oldest events are dropped
   * - `"error"`: the source is closed with the reason `overflow`
   * - `"backpressure"`: the connection is not read until there is room, so that the server has to wait. Needs fetch.
   *   Promises that handlers of `on()` answer with count as waiting events, too
   */
  readonly overflow?:
    | "auto"
    | "drop-oldest"
    | "drop-newest"
    | "latest-by-key"
    | "error"
    | "backpressure"
    | undefined;
  /** What an event is about, for `"latest-by-key"`; default its type. */
  readonly key?: ((event: UndecodedEvent) => string) | undefined;
  /**
   * How long a reader that takes nothing may hold the connection back, in milliseconds; default 30,000. From then on it
   * loses the oldest events beyond the limit, which an error `lagged` tells, until it reads again.
   */
  readonly holdMs?: number | undefined;
}

/** What can keep a text: the page's, such as `localStorage`, or one of your own, which may answer with promises. */
export type PersistStorage =
  | { getItem(key: string): string | null; setItem(key: string, text: string): void }
  | { get(key: string): unknown; set(key: string, text: string): unknown };

/** Where the last event ID is kept up to which events have been processed. */
export interface PersistOptions {
  /** Where it is kept: a storage of the page's, or one of your own. */
  readonly storage: PersistStorage;
  /**
   * The key in the storage. It should name the stream and the user, such as `orders of ${userId}`: else the next user of
   * this browser would go on where the one before has stopped, and miss events.
   */
  readonly key: string;
}

/** The options that do not depend on the event map. */
export interface BaseOptions {
  /**
   * How to read the stream. `auto`, the default, takes the browser's EventSource for what it can express,
   * and fetch for the rest and for what the browser gives up on.
   */
  readonly transport?: "auto" | "eventsource" | "fetch" | undefined;
  /** Whether cookies go to other origins too; default `false`. */
  readonly withCredentials?: boolean | undefined;
  /**
   * Headers of the request, or a function that is asked for them before each attempt, such as for a token that
   * expires. If it throws, the attempt has failed, and is made again like any other.
   *
   * To another origin each header but a few asks a preflight, and one that is not `Authorization` follows a
   * redirect there: `redirect: "error"` prevents it.
   *
   * @example
   * ```ts
   * headers: async () => ({ authorization: `Bearer ${await token()}` })
   * ```
   */
  readonly headers?: HeadersInit | ((attempt: Attempt) => HeadersInit | Promise<HeadersInit>) | undefined;
  /**
   * The request's method; default `"GET"`. With another one the end of the stream closes the source: with the reason
   * `ended`, or, if there is an `until` that has not matched, with a failure `truncated`. A refusal with status 408, 425,
   * 429 or 503 is retried after the wait, since the server has not carried the request out. Nothing else is, unless the
   * request is `idempotent`: not what broke after its response began, nor what got no response.
   */
  readonly method?: string | undefined;
  /**
   * The request's body, which each attempt sends anew, or a function that is asked for it before each attempt, as for
   * {@link BaseOptions.headers | headers}; default none.
   *
   * @example
   * ```ts
   * body: ({ attempt }) => JSON.stringify({ messages, attempt })
   * ```
   */
  readonly body?:
    | BodyInit
    | ((attempt: Attempt) => BodyInit | undefined | Promise<BodyInit | undefined>)
    | undefined;
  /**
   * Whether a request that is no GET may be repeated after a failure, whatever the server has done for it; default
   * `false`: only one that the server has refused is, see {@link BaseOptions.method | method}. With `true` it is also
   * repeated after its stream has ended, if `retry.shouldRetry` says so. When the server does the same for it however
   * often it comes, set it. A repeated request carries the last event ID as a GET does.
   */
  readonly idempotent?: boolean | undefined;
  /**
   * How a stream is resumed. With `"get"` the request is made as it is given until there is a last event ID; from then on
   * each attempt is a GET of the same URL with the header `Last-Event-ID`. It has the same headers but for those that
   * begin with `Content-`, and no body. It is retried as every GET is, also after the server has ended the response, until
   * `until` matches. Default: the request itself is made again, where it may be.
   *
   * Without an id, or with one of more than 4,096 bytes, the rules of {@link BaseOptions.method | method} hold. With a
   * `lastEventId`, or a stored one, the first request is such a GET. It needs fetch. Set it for a POST whose stream the
   * server ends at will, as in the Model Context Protocol.
   */
  readonly resume?: "get" | undefined;
  /** Whether other origins are allowed; default `"cors"`. */
  readonly mode?: "cors" | "same-origin" | undefined;
  /** Whether redirects are followed; default `"follow"`. */
  readonly redirect?: "follow" | "error" | undefined;
  /**
   * Called when the server answers 401, after which the request is repeated once. It runs once at a time, however
   * many sources share it. A second 401 is fatal, and so is a refresh that fails.
   */
  readonly refresh?: (() => Promise<unknown>) | undefined;
  /**
   * Used in place of the global `fetch`; default that. Its response needs a body that is a `ReadableStream`.
   *
   * Node's own `fetch` ends a body that is silent for 300 seconds, and the stream is reestablished. Where your server is
   * silent for longer, lift that with `bodyTimeout`, for example by the `fetch` of the package `undici`.
   *
   * @example
   * ```ts
   * import { Agent, fetch } from "undici";
   *
   * const dispatcher = new Agent({ bodyTimeout: 0 });
   * connect(url, { fetch: (url, init) => fetch(url, { ...init, dispatcher }) });
   * ```
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<AnyResponse>) | undefined;
  /** Closes the source, with the reason `aborted`. */
  readonly signal?: PlainSignal | undefined;
  /** Whether `onAny()` must see every event type, which needs fetch; default `false`. */
  readonly wildcard?: boolean | undefined;
  /** How to decode the event types that `decode` does not name; default `"json"`. */
  readonly defaultDecode?: AnyDecoder | undefined;
  /**
   * What a reader of `events()` does about an event that cannot be decoded: `"report"`, the default, tells the handlers of
   * `onError()` and reads on; `"throw"` ends this reader with that error, and the event is not processed. Handlers of `on()`
   * never get such an event, and it is always told. Set `"throw"` where an answer with a part missing is worth nothing.
   */
  readonly undecodable?: "report" | "throw" | undefined;
  /** When a lost connection is reestablished. */
  readonly retry?: RetryOptions | undefined;
  /**
   * How long to wait for a response, in milliseconds; default 30,000; `Infinity` for ever. What `headers` and
   * `refresh` take counts.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long an open stream may be silent, in milliseconds; then it is reestablished. Default `Infinity`.
   * Over fetch every byte counts, comments too. The browser's EventSource hides comments: there it needs
   * {@link BaseOptions.heartbeatEvent | heartbeatEvent}, without which `auto` takes fetch.
   */
  readonly idleMs?: number | undefined;
  /** Events of this type only prove the stream alive, and are not delivered; default none. */
  readonly heartbeatEvent?: string | undefined;
  /**
   * Whether the stream is kept while the page is hidden, the default, or paused until it is seen again. A request that
   * may not be repeated is kept in any case. In the back/forward cache no other has a stream.
   */
  readonly hidden?: "keep" | "pause" | undefined;
  /**
   * Whether an attempt waits while the browser says that it is offline (`navigator.onLine`), the default, or the browser's
   * word is ignored. The first attempt never waits; a later one waits until the browser is online, or for the longest wait
   * of `retry`. To a server on the same machine none waits. Set `"ignore"` where browsers are wrong about the network,
   * such as behind some VPNs or on isolated networks.
   */
  readonly offline?: "wait" | "ignore" | undefined;
  /**
   * Whether this event ends the stream: then the source is `closed` with the reason `ended`, by `until`. If the server
   * ends a stream before it, the stream is reestablished, as any is; one whose request is not repeated has failed: the
   * source is closed with the cause `truncated`, which `events()` throws. It is asked before decoding, `data` is the
   * string that was sent. The event itself is not delivered, and over the browser's EventSource not seen unless its type
   * is subscribed to or in `eventTypes`. Default: none does.
   *
   * @example
   * ```ts
   * until: (event) => event.data === "[DONE]"
   * ```
   */
  readonly until?: ((event: ServerSentEvent<string, string>) => boolean) | undefined;
  /**
   * The last event ID to resume from; default none. To the page's own origin, and with `transport: "fetch"` to any, it is
   * sent in the header `Last-Event-ID`: `auto` takes fetch for that. To another origin `auto` sends it in the query, see
   * {@link BaseOptions.lastEventIdParam | lastEventIdParam}. An id of more than 4,096 bytes is not sent.
   */
  readonly lastEventId?: string | undefined;
  /**
   * The query parameter that carries the last event ID where its header cannot; default `"lastEventId"`. There the server
   * must read this parameter: a server that reads the header alone begins the stream anew, and nobody is told. That is so
   * to another origin, where `auto` sends the parameter because the header would cost a preflight, and with
   * `transport: "eventsource"`. `false`: none, then `auto` sends the header over fetch. Set the name that the server
   * reads; where it answers preflights, `transport: "fetch"` sends the header.
   *
   * If the URL has this parameter already, the server gets it until there is a newer id. From then on only the newer id is
   * sent: in the parameter, or in the header and without the parameter.
   */
  readonly lastEventIdParam?: string | false | undefined;
  /**
   * Whether replays are dropped. A replay is an event that has come before, with the same id, type and data, and comes
   * again right after a resume. The first event that is none ends that: everything that follows is delivered. If it
   * has a known id but other content, `stats.reused` counts it, and an error `id-reused` tells it.
   *
   * Default: replays are dropped over fetch if the request is a GET, or is resumed by one, since the answer to another
   * request is new each time.
   * The browser's EventSource does not show whether an id is the event's own: there `true` says that each event has
   * one. The last 65,536 events with an id are remembered.
   */
  readonly dropReplays?: boolean | undefined;
  /** The event type by which the server tells that it could not resume; default none. See `onGap()`. */
  readonly gapEvent?: string | undefined;
  /**
   * The response header by which the server tells so: it carries the id from which the stream goes on. If that is not the
   * id that was asked for, there is a gap. With a list of names the first one that the response has decides. Default
   * `["Mercure-Last-Event-ID", "Last-Event-ID"]`: older Mercure hubs send the second one. Only fetch shows it, and from
   * another origin only if the response names it in `Access-Control-Expose-Headers`.
   */
  readonly gapHeader?: string | readonly string[] | undefined;
  /**
   * Keeps the id up to which events have been processed, so that the next page goes on from there. It is written at
   * most every 250 ms and when the page is left; after a crash some events come again. What is kept goes before
   * {@link BaseOptions.lastEventId | lastEventId}, and gets to the server as that does.
   *
   * Take `sessionStorage`, which each tab has for itself and which outlives a reload. All tabs share `localStorage`: there
   * a slower tab sets the id back, and the next page gets events again that a faster tab has processed.
   *
   * @example
   * ```ts
   * persist: { storage: sessionStorage, key: `orders of ${userId}` }
   * ```
   */
  readonly persist?: PersistOptions | undefined;
  /** The largest event, in bytes; default 16 MiB. A larger one fails the connection. */
  readonly eventLimit?: number | undefined;
  /**
   * When events are handed over, which saves the main thread work where many come:
   *
   * - `"auto"`, the default: at once; but over fetch, while more than about 250 chunks come a second, those of up to
   *   32 ms together. What comes in chunks of 32 KiB and more is not kept waiting
   * - `"frame"`: those that come between two frames together, just before the next one is drawn; every 32 ms where none
   *   is
   * - `{ everyMs }`: those of so many milliseconds together
   * - `"immediate"`: always at once
   *
   * The first event after a silence is handed over at once in any case. Over fetch the others wait unread, in the
   * browser, which keeps a bounded part (2 MiB in Chromium) and then lets the server wait. In pages that nobody sees
   * browsers stretch timers, mostly to a second; but nothing waits any longer when the page is seen, wakes up or is
   * online, nor in the second after a sleep. A response with `Cache-Control: no-store` saves most: Chromium wakes the
   * page for each piece of any other, even if nobody reads it.
   */
  readonly delivery?:
    | "auto"
    | "immediate"
    | "frame"
    | {
        /** How long events wait for each other at most, in milliseconds, from 1 to 60,000. */
        readonly everyMs: number;
      }
    | undefined;
  /** How events wait for a slow reader. */
  readonly buffer?: BufferOptions | undefined;
  /**
   * Whether the connection is kept and the stream is read and parsed in a worker, which the sources of a page share;
   * default `false`. At thousands of events a second the page has a fraction of the work, and what else keeps it busy
   * does not hold up the stream. `headers`, `refresh`, `shouldRetry` and everything that sees events run in the page
   * as ever; a `fetch` of your own cannot.
   *
   * The package brings the worker's script and runs it from a blob. Where a content security policy forbids that, give
   * the URL of a copy on the page's own origin: the package exports it as `typed-eventsource/worker.js`, it needs
   * nothing else, and its response needs a policy of its own that lets it connect, if any. With Trusted Types, allow the
   * policy `typed-eventsource` (`trusted-types typed-eventsource`), or give a `TrustedScriptURL`. Where there
   * can be no worker, or no WebAssembly in it, the page does the work, and `stats.engine` says so.
   *
   * @example
   * ```ts
   * worker: { url: new URL("typed-eventsource/worker.js", import.meta.url) } // Vite, webpack
   * ```
   */
  readonly worker?:
    | boolean
    | {
        /** The URL of a copy of the worker's script; a page that enforces Trusted Types gives a `TrustedScriptURL`. */
        readonly url: string | URL | { toString(): string };
      }
    | undefined;
}

/**
 * What `idleMs` needs: `heartbeatEvent`, or another transport than the browser's EventSource, which hides
 * comments.
 */
export type ProofOfLife =
  | { readonly idleMs?: undefined }
  | { readonly transport?: "auto" | "fetch" | undefined }
  | { readonly heartbeatEvent: string };

/** The options that depend on the event map. */
export interface EventOptions<E extends object> {
  /**
   * Event types to listen to in any case. The browser's EventSource delivers only types somebody listens to:
   * what `onAny()` is to see there must be named.
   */
  readonly eventTypes?: readonly NoInfer<EventType<E>>[] | undefined;
  /** How to decode each event type; default `defaultDecode`. */
  readonly decode?: { readonly [K in keyof E]?: Decoder<E[K]> | undefined } | undefined;
}

/**
 * The options of `connect()`. All are optional, and checked at once.
 *
 * @typeParam E - the event map
 */
export type ConnectOptions<E extends object = Record<string, unknown>> = BaseOptions &
  ProofOfLife &
  EventOptions<E>;
