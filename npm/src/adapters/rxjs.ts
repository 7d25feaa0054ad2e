import { Observable, type Subscriber } from "rxjs";
import type {
  ConnectionState,
  Decoders,
  EventOf,
  EventSourceError,
  EventsOf,
  EventType,
  ServerSentEvent,
  Subscription,
  TypedEventSource,
} from "../index.js";
import {
  type InferringStoreOptions,
  type Snapshot,
  type StoreOptions,
  type StoreUrl,
  type StreamStore,
  streamStore,
} from "../store.js";

type Store = StreamStore<Record<string, unknown>, undefined>;
type AnyOptions = Pick<StoreOptions, "onError">;

/** A stream as observables, which all share its source. Each connects when it is subscribed to. */
export interface EventStreamObservables<E extends object, V> {
  /**
   * Each event. It ends when the source is closed: with an error if something failed. Other errors, such as of events that
   * cannot be decoded, are reported as uncaught, unless there is an `onError`.
   */
  readonly events: Observable<EventOf<E>>;
  /** The events of one type. */
  on<K extends EventType<E>>(type: K): Observable<ServerSentEvent<K, E[K]>>;
  /** The present state, and each that follows; it ends after `closed`. A failure is a state here, and no error. */
  readonly states: Observable<ConnectionState>;
  /** The present snapshot, and each that follows, at most once a frame for events; it ends with the source. */
  readonly snapshots: Observable<Snapshot<E, V>>;
}

/**
 * Makes observables of a stream. Each subscription joins the source of its request, and the last to go closes it; see
 * `streamStore()`.
 *
 * @param url - as for `connect()`
 *
 * @example
 * ```ts
 * const orders = eventStream<Orders>("/orders/stream");
 * orders.on("orderUpdate").pipe(bufferTime(1000)).subscribe((updates) => show(updates));
 * ```
 */
export function eventStream<D extends Decoders, K extends keyof D, V = undefined>(
  url: StoreUrl,
  options: InferringStoreOptions<D, K, V>,
): EventStreamObservables<EventsOf<D>, V>;
export function eventStream<E extends object = Record<string, unknown>, V = undefined>(
  url: StoreUrl,
  options?: StoreOptions<E, V>,
): EventStreamObservables<E, V>;
export function eventStream(url: StoreUrl, options: object = {}) {
  /** Joins the source for each subscriber, which `start` tells what it is to know. */
  const joined = <T>(
    start: (subscriber: Subscriber<T>, source: TypedEventSource, store: Store) => void,
    showsErrors = false,
  ) =>
    new Observable<T>((subscriber) => {
      const onError = (error: EventSourceError) => {
        // How the source ends is told by its state. What nobody catches is reported as uncaught.
        const { cause } = (source?.state ?? {}) as { cause?: unknown };
        if (error !== cause)
          queueMicrotask(() => {
            throw error;
          });
      };
      const own = (options as AnyOptions).onError;
      const store: Store = streamStore(url, showsErrors ? options : { ...options, onError: own ?? onError });
      subscriber.add(store.subscribe(() => {}));
      const { source } = store.getSnapshot();
      if (source) start(subscriber, source, store);
      else subscriber.complete();
    });
  const events = (
    listen: (source: TypedEventSource, next: (event: ServerSentEvent) => void) => Subscription,
  ) =>
    joined<ServerSentEvent>((subscriber, source) => {
      const all = [
        listen(source, (event) => subscriber.next(event)),
        source.onState(
          ({ status, ...state }) => {
            if (status !== "closed") return;
            if ("cause" in state && state.cause) subscriber.error(state.cause);
            else subscriber.complete();
          },
          { now: true },
        ),
      ];
      for (const subscription of all) subscriber.add(subscription.unsubscribe);
    });
  return {
    events: events((source, next) => source.onAny(next)),
    on: (type: string) => events((source, next) => source.on(type, next)),
    states: joined<ConnectionState>((subscriber, source) => {
      const show = (state: ConnectionState) => {
        subscriber.next(state);
        if (state.status === "closed") subscriber.complete();
      };
      subscriber.add(source.onState(show, { now: true }).unsubscribe);
    }),
    snapshots: joined<Snapshot>((subscriber, _, store) => {
      const show = () => {
        const snapshot = store.getSnapshot();
        subscriber.next(snapshot);
        if (snapshot.state.status === "closed") subscriber.complete();
      };
      show();
      subscriber.add(store.subscribe(show));
    }, true),
  };
}
