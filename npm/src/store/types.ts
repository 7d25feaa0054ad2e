import type {
  ConnectionState,
  ConnectOptions,
  Decoders,
  EventOf,
  EventSourceError,
  EventSourceUrl,
  EventsOf,
  EventType,
  InferringOptions,
  ServerSentEvent,
  TypedEventSource,
} from "../index.js";

/**
 * What a view shows of a stream. It is immutable, and the same object until something in it changes, which is at most once a
 * frame; a part that did not change is the same object, too.
 *
 * @typeParam E - the event map
 * @typeParam V - what the reducers make
 */
export interface Snapshot<E extends object = Record<string, unknown>, V = undefined> {
  /**
   * The state of the connection. Before the store is subscribed to, and on a server, it is `connecting`; without a URL it is
   * `closed`.
   */
  readonly state: ConnectionState;
  /**
   * The latest event of each type, also of those that came before this store joined the source. Of more than 1,024 types the
   * ones are forgotten that came the longest ago.
   */
  readonly latest: { readonly [K in EventType<E>]?: ServerSentEvent<K, E[K]> };
  /** What the reducers have made of `initial` and the events that came since this store was subscribed to. */
  readonly value: V;
  /** The newest events, oldest first: as many as the option `recent` says. */
  readonly recent: readonly EventOf<E>[];
  /** The newest error: of `onError()`, or the failure that closed the source. It goes when a stream is open again. */
  readonly error: EventSourceError | undefined;
  /** The source, to `reconnect()` or `close()` it for all stores that share it; `undefined` before there is one. */
  readonly source: TypedEventSource<E> | undefined;
}

/** How the events of some types change a value. A reducer is called once for each event, and never changes the value it gets. */
export type Reducers<E extends object, V> = {
  readonly [K in EventType<E>]?: ((value: V, event: ServerSentEvent<K, E[K]>) => V) | undefined;
};

/** The options that make the value of a snapshot: both or none. */
export type Folding<E extends object, V> =
  | {
      /**
       * How events change the value, by their type. If a reducer throws, that is reported as an uncaught error, the event
       * counts as not processed, and the value stays as it was.
       */
      readonly reduce: Reducers<E, V>;
      /** The value before any event. */
      readonly initial: V;
    }
  | { readonly reduce?: undefined; readonly initial?: V | undefined };

/** The options of a store that have nothing to do with its value or its request. */
export interface ViewOptions {
  /**
   * What the functions in the options stand for. Stores with equal URLs, options and keys share one source. Without a key
   * functions are equal if they are the same function; with one they are not compared. Default none. Where the functions
   * speak for a user, name the user in the key. A storage for `persist` is equal if it is the same object.
   */
  readonly key?: string | undefined;
  /** How many events `recent` has, a whole number from 0 on; default 0. */
  readonly recent?: number | undefined;
  /** Called with each error that a snapshot shows, so that none is missed where two come in a frame; default none. */
  readonly onError?: ((error: EventSourceError) => void) | undefined;
}

/** The options of `streamStore()`: those of `connect()`, and those that say what snapshots show. */
export type StoreOptions<E extends object = Record<string, unknown>, V = undefined> = ConnectOptions<E> &
  ViewOptions &
  Folding<E, V>;

/** The options of a store from whose decoders the event map is inferred. */
export type InferringStoreOptions<D extends Decoders, K extends keyof D, V = undefined> = InferringOptions<
  D,
  K
> &
  ViewOptions &
  Folding<EventsOf<D>, V>;

/** The URL of a stream, or none for as long as there is nothing to connect to. */
export type StoreUrl = EventSourceUrl | null | undefined;

/** Snapshots of a stream, for any view. Nothing connects before somebody subscribes. */
export interface StreamStore<E extends object = Record<string, unknown>, V = undefined> {
  /**
   * Calls `listener` after the snapshot has changed, and connects if nobody has. The result ends that; a microtask after
   * nobody listens to any store of the source, the source is closed. A microtask after nobody listens to this store, it is as
   * it was at first: subscribed to again, it begins anew.
   *
   * @throws TypeError if the URL or an option is wrong
   */
  readonly subscribe: (listener: () => void) => () => void;
  /**
   * The present snapshot. It changes at most once a frame, and once a second in a page that nobody sees; a new state or an
   * error changes it at once.
   */
  readonly getSnapshot: () => Snapshot<E, V>;
  /** The snapshot that a server renders, and the page when it hydrates: always the same. */
  readonly getServerSnapshot: () => Snapshot<E, V>;
  /**
   * Takes over the reducers, `recent` and `onError` of newer options, for the events to come.
   *
   * @throws TypeError if `recent` is wrong
   */
  update(options: StoreOptions<E, V>): void;
}
