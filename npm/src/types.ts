/// <reference lib="esnext.disposable" preserve="true" />
import type { EventSourceError } from "./errors.js";

/**
 * One event of the stream.
 *
 * @typeParam T - the event type's name
 * @typeParam D - what its data is decoded to
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export interface ServerSentEvent<T extends string = string, D = unknown> {
  /** The event type; `"message"` where the server names none. */
  readonly type: T;
  /** The decoded data. */
  readonly data: D;
  /** The last event ID, carried over from an earlier event where this one brought none; `""` before any. */
  readonly lastEventId: string;
  /** The origin of the stream's final URL. */
  readonly origin: string;
  /** The data as the server sent it. */
  readonly raw: string;
}

/** The names of the event types of an event map. */
export type EventType<E extends object> = keyof E & string;

/** The events of an event map, as a union that `type` discriminates. */
export type EventOf<E extends object, K extends EventType<E> = EventType<E>> = {
  [T in K]: ServerSentEvent<T, E[T]>;
}[K];

/** How the stream is read: by the browser's own EventSource, or by fetch and this package's parser. */
export type Transport = "eventsource" | "fetch";

/**
 * Why a source is closed for good.
 *
 * - `closed`: by `close()`, or at the end of a `using` block
 * - `aborted`: by the `signal`
 * - `no-content`: the server answered 204, its way to end the stream
 * - `ended`: `until` matched, or the stream of a request that is no GET was over
 * - `fatal`: a failure that is not retried, such as status 404
 * - `refused`: the browser's EventSource gave up again and again, and hides why
 * - `attempts-exhausted`: `retry.maxAttempts` was reached
 * - `overflow`: a buffer overflowed
 * - `start-failed`: the wasm did not start
 */
export type ClosedReason =
  | "closed"
  | "aborted"
  | "no-content"
  | "ended"
  | "fatal"
  | "refused"
  | "attempts-exhausted"
  | "overflow"
  | "start-failed";

/**
 * Why nothing is tried.
 *
 * - `offline`: the browser is. `reconnect()` tries even so
 * - `hidden`: the page is, and `hidden` is `"pause"`; or it is in the back/forward cache
 */
export type PauseReason = "offline" | "hidden";

/** The state of a source, discriminated by `status`. Each value is immutable; every change makes a new one. */
export type ConnectionState =
  | {
      /** A connection is being established. */
      readonly status: "connecting";
      /** The number of the attempt: 1 for the first, counting up until a stream has been stable. */
      readonly attempt: number;
    }
  | {
      /** Events are coming. */
      readonly status: "open";
      /** How the stream is read. */
      readonly transport: Transport;
      /** The last event ID from which the stream was resumed; `""` if it began anew. */
      readonly resumedFrom: string;
      /** The status of the response. Only fetch shows it. */
      readonly httpStatus?: number;
      /** The headers of the response. Only fetch shows them. */
      readonly headers?: Headers;
    }
  | {
      /** The connection was lost and will be reestablished. */
      readonly status: "reconnecting";
      /** The number of the attempt that comes next. */
      readonly attempt: number;
      /** How long is waited before it, in milliseconds; `null` while the browser reconnects by itself. */
      readonly waitMs: number | null;
      /** Why the connection was lost. */
      readonly cause: EventSourceError;
    }
  | {
      /** Nothing is tried for now. */
      readonly status: "paused";
      /** Why. */
      readonly why: PauseReason;
    }
  | {
      /** It is over. No event follows, and no other state. */
      readonly status: "closed";
      /** Why. */
      readonly reason: ClosedReason;
      /** What failed, where something did. */
      readonly cause?: EventSourceError;
    };

/** The server could not go on where it was asked to: events are missing. */
export interface Gap {
  /** The last event ID that the connection asked to resume from. */
  readonly asked: string;
  /** The id that the server goes on from; `""` if it does not say. */
  readonly got: string;
}

/** How far a stream has come. */
export interface Cursor {
  /** The newest last event ID, which a new connection resumes from. */
  readonly received: string;
  /**
   * The last event ID up to which every event is processed: its handlers have returned, and their promises are
   * fulfilled; whoever read it has come for the next one. A new source that begins with it as its `lastEventId` goes on
   * from there.
   *
   * An event whose handler threw or rejected holds it back until 1,024 more have come, one whose handler is never done
   * until 65,536 have: then it moves on, and an error `skipped` says so.
   */
  readonly processed: string;
}

/** What a source counts. */
export interface Stats {
  /** Connections that were tried. */
  readonly attempts: number;
  /** Connections that became a stream, those included that the browser made by itself. */
  readonly opened: number;
  /** Events that came, heartbeats included, replays not. */
  readonly events: number;
  /** Events that no reader of `events()` got, because they came too fast. */
  readonly dropped: number;
  /** Events left out because they came a second time. */
  readonly replays: number;
  /** Times that the server could not resume. */
  readonly gaps: number;
  /**
   * Where the connection is kept and the stream is parsed. `"worker"` only with the option `worker`, from when the worker
   * runs: with it, `"page"` says that it does not yet, or that the page must do without.
   */
  readonly engine: "page" | "worker";
}

/** How a handler takes events. */
export interface SubscribeOptions {
  /**
   * Whether it takes them in arrays: those that came together, so that a page changes once for all of them. With
   * `delivery: "frame"` that is once a frame. They are processed when the handler is done with the array.
   */
  readonly batch?: boolean | undefined;
}

/** Events as they are read by `for await`. */
export interface EventStream<T> extends AsyncIterableIterator<T> {
  /** How many events came too fast to be read. */
  readonly dropped: number;
}

/** What `on()` and its siblings return. `using` unsubscribes at the end of the block. */
export interface Subscription extends Disposable {
  /** Ends the subscription at once: its handler is not called again. Calling it twice does no harm. */
  unsubscribe(): void;
}

/** What a source has whatever its events are: enough for a component that shows the state of any. */
export interface Connection extends Disposable {
  /** The state right now. */
  readonly state: ConnectionState;

  /** How far the stream has come, right now. */
  readonly cursor: Cursor;

  /** What was counted until now. */
  readonly stats: Stats;

  /**
   * Calls `handler` with every change of the state, in order, from now on; {@link Connection.state | state} is
   * the one that is now. `closed` comes once and last;
   * `close()` outside of any handler returns after it.
   */
  onState(handler: (state: ConnectionState) => void): Subscription;

  /**
   * Calls `handler` with errors that do not concern the connection: events that could not be decoded, events
   * lost by a slow reader. Without any such handler they are reported as uncaught errors.
   */
  onError(handler: (error: EventSourceError) => void): Subscription;

  /**
   * Calls `handler` when the server shows that it could not resume, by an event of the type `gapEvent` or the response
   * header `gapHeader`: events are missing, and the application may want to load what they said by other means. Without
   * any such handler it is an error `gap`.
   */
  onGap(handler: (gap: Gap) => void): Subscription;

  /**
   * Drops the connection and establishes a new one at once, resuming from the last event ID. Does nothing
   * on a closed source, or before the first connection.
   */
  reconnect(): void;

  /**
   * Closes the connection for good, with the reason `closed`. No event follows, not even the rest of a chunk
   * that is being delivered.
   */
  close(): void;
}

/**
 * A typed subscription to an event stream, made by `connect()`. `using` closes it at the end of the block.
 *
 * @typeParam E - the event map: each event type's name and what its data is
 */
export interface TypedEventSource<E extends object = Record<string, unknown>> extends Connection {
  /**
   * Calls `handler` with each event of one type.
   *
   * `on("error")` and `on("open")` are the server's events of these names; for the connection see
   * {@link Connection.onState | onState}. A handler that throws is reported as an uncaught error and
   * disturbs nobody else. On a closed source the subscription is inert.
   *
   * @example
   * ```ts
   * using sub = source.on("orderUpdate", (event) => console.log(event.data.status));
   * source.on("orderUpdate", (events) => table.append(...events.map(toRow)), { batch: true });
   * ```
   */
  on<K extends keyof E & string>(
    type: K,
    handler: (events: readonly ServerSentEvent<K, E[K]>[]) => void,
    options: SubscribeOptions & { readonly batch: true },
  ): Subscription;
  on<K extends keyof E & string>(
    type: K,
    handler: (event: ServerSentEvent<K, E[K]>) => void,
    options?: SubscribeOptions & { readonly batch?: false | undefined },
  ): Subscription;

  /**
   * Calls `handler` with the events of all types, after the handlers of `on()`.
   *
   * Over fetch these are all that the server sends, also those that the event map does not know. The
   * browser's EventSource only delivers the types of `eventTypes` and those subscribed to with `on()`.
   * `transport: "auto"` takes fetch with `wildcard: true`, and without `eventTypes` also if this is called in
   * the task of `connect()`.
   *
   * @throws TypeError with `transport: "eventsource"` and no `eventTypes`
   */
  onAny(
    handler: (events: readonly EventOf<E>[]) => void,
    options: SubscribeOptions & { readonly batch: true },
  ): Subscription;
  onAny(
    handler: (event: EventOf<E>) => void,
    options?: SubscribeOptions & { readonly batch?: false | undefined },
  ): Subscription;

  /**
   * Iterates over the events of these types, or without arguments of all types as
   * {@link TypedEventSource.onAny | onAny} does.
   *
   * Events are queued from this call on. When more than `buffer.limit` wait, the oldest are dropped, and the
   * next read tells {@link Connection.onError | onError} how many with an error `lagged`. When the
   * source is closed, what is queued still comes; then the iteration ends, or throws the cause if something
   * failed. Leaving the loop unsubscribes.
   *
   * @example
   * ```ts
   * for await (const event of source.events("orderUpdate", "heartRate")) console.log(event.type, event.data);
   * ```
   */
  events<K extends keyof E & string = keyof E & string>(...types: K[]): EventStream<EventOf<E, K>>;
}
