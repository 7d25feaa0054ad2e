/// <reference lib="esnext.disposable" preserve="true" />
import type {
  ConnectionState,
  Cursor,
  EventOf,
  EventSourceError,
  EventType,
  Gap,
  ServerSentEvent,
  Stats,
} from "../base/index.js";

/** How a handler takes events. */
export interface SubscribeOptions {
  /**
   * Whether it takes them in arrays: those that came together, so that a page changes once for all of them. With
   * `delivery: "frame"` that is once a frame. They are processed when the handler is done with the array.
   */
  readonly batch?: boolean | undefined;
}

/** How a handler takes states. */
export interface StateOptions {
  /** Whether it begins with the present state; default `false`. Set it where the state is shown. */
  readonly now?: boolean | undefined;
}

/** Events as they are read by `for await`. */
export interface EventStream<T> extends AsyncIterableIterator<T> {
  /** How many events came too fast to be read. */
  readonly dropped: number;
  /**
   * Says that the event that was read last is processed. Reading the next event says so by itself, so call this only before
   * you leave the loop. A reader cannot tell `break` from an error in the body of the loop: an event in the midst of which
   * you leave counts as not processed; see {@link Cursor.processed}.
   *
   * @example
   * ```ts
   * const updates = source.events("orderUpdate");
   * for await (const { data } of updates) {
   *   if (data.status !== "delivered") continue;
   *   updates.done();
   *   break;
   * }
   * ```
   */
  done(): void;
  /** Leaves, as `break` does. */
  return(value?: unknown): Promise<IteratorResult<T, undefined>>;
  /** Leaves, and is rejected with the error. The event that was read last is processed. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
}

/** The result of `on()` and its siblings. `using` unsubscribes at the end of the block. */
export interface Subscription extends Disposable {
  /** Ends the subscription at once: its handler is not called again. Calling it twice does no harm. */
  unsubscribe(): void;
}

/** The part of a source that does not depend on its events: enough for a component that shows the state of any source. */
export interface Connection extends Disposable {
  /** The state right now. */
  readonly state: ConnectionState;

  /** How far the stream has come, right now: the same object until that changes. */
  readonly cursor: Cursor;

  /** The counts until now: the same object until they change. */
  readonly stats: Stats;

  /**
   * Calls `handler` with every change of the state, in order, from now on; {@link Connection.state | state} is
   * the present one. `closed` comes once and last, unless `reconnect()` mends a failure;
   * `close()` outside of any handler returns after it.
   *
   * With `now: true` the handler is first called with the present state, also on a closed source: before `onState()` returns
   * or, in a handler, after what is being delivered.
   */
  onState(handler: (state: ConnectionState) => void, options?: StateOptions): Subscription;

  /**
   * Calls `handler` with {@link Connection.stats | stats} after they or the {@link Connection.cursor | cursor} have changed,
   * once for all changes of a task. The last call may come after the state `closed`, since readers read on.
   */
  onStats(handler: (stats: Stats) => void): Subscription;

  /**
   * Calls `handler` with errors that do not concern the connection: events that could not be decoded, events
   * lost by a slow reader. Without any such handler they are reported as uncaught errors;
   * `id-reused`, which is no loss, is a warning on the console.
   *
   * It is also told the failure that closes the source if nobody else is: no handler of `onState()`, and no open reader of
   * `events()`.
   */
  onError(handler: (error: EventSourceError) => void): Subscription;

  /**
   * Calls `handler` when the server shows that it could not resume, by an event of the type `gapEvent` or the response
   * header `gapHeader`. Events are missing then: load their data by other means. Without any such handler, the gap is told
   * as an error `gap`.
   */
  onGap(handler: (gap: Gap) => void): Subscription;

  /**
   * Drops the connection and establishes a new one at once, resuming from the last event ID. Within a handler it takes effect
   * when the events that came together with this one are delivered.
   *
   * A source that was closed by a failure, so that its state has a `cause`, is opened again: handlers, cursor and counts go
   * on. Readers of `events()` have met the failure and ended; open new ones. Does nothing on a source that was closed
   * otherwise, or before the first connection.
   */
  reconnect(): void;

  /**
   * Closes the connection for good, with the reason `closed`. Handlers with `batch: true` get the events that came before
   * this event, in this call. No event follows, not even the rest of a chunk that is being delivered.
   */
  close(): void;
}

/** Any source, whatever its event map is: enough for a component or a function that takes the events of all types. */
export interface AnyEventSource extends Connection {
  /** See {@link TypedEventSource.onAny}. */
  onAny(
    handler: (events: readonly ServerSentEvent[]) => void,
    options: SubscribeOptions & { readonly batch: true },
  ): Subscription;
  onAny(
    handler: (event: ServerSentEvent) => void,
    options?: SubscribeOptions & { readonly batch?: false | undefined },
  ): Subscription;

  /** See {@link TypedEventSource.events}. */
  events(): EventStream<ServerSentEvent>;
}

/**
 * A typed subscription to an event stream, made by `connect()`. `using` closes it at the end of the block.
 *
 * A source of more events can be given where one of fewer is asked for; {@link AnyEventSource} takes any.
 *
 * @typeParam E - the event map: each event type's name and what its data is
 */
export interface TypedEventSource<out E extends object = Record<string, unknown>> extends Connection {
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
   * Over fetch these are all events that the server sends, also those that the event map does not know. The
   * browser's EventSource delivers only the types of `eventTypes` and the types of `on()`.
   * `transport: "auto"` takes fetch with `wildcard: true`. Without `eventTypes` it also takes fetch if `onAny()` is called
   * in the task of `connect()`.
   *
   * @typeParam K - never has to be given: as a parameter of the method, it leaves sources of more events assignable
   * @throws TypeError with `transport: "eventsource"` and no `eventTypes`
   */
  onAny<K extends EventType<E> = EventType<E>>(
    handler: (events: readonly EventOf<E, NoInfer<K>>[]) => void,
    options: SubscribeOptions & { readonly batch: true },
  ): Subscription;
  onAny<K extends EventType<E> = EventType<E>>(
    handler: (event: EventOf<E, NoInfer<K>>) => void,
    options?: SubscribeOptions & { readonly batch?: false | undefined },
  ): Subscription;

  /**
   * Iterates over the events of these types, or without arguments of all types as
   * {@link TypedEventSource.onAny | onAny} does.
   *
   * Events are queued from this call on. When more than `buffer.limit` wait, the oldest are dropped, and the
   * next read tells {@link Connection.onError | onError} how many with an error `lagged`. When the
   * source is closed, the queued events still come; then the iteration ends, or throws the cause if something
   * failed. Leaving the loop unsubscribes; {@link EventStream.done} says what becomes of the last event.
   *
   * @example
   * ```ts
   * for await (const event of source.events("orderUpdate", "heartRate")) console.log(event.type, event.data);
   * ```
   */
  events<K extends keyof E & string = keyof E & string>(...types: K[]): EventStream<EventOf<E, K>>;
}
