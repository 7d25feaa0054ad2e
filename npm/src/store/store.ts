import type {
  ConnectionState,
  Decoders,
  EventSourceError,
  EventSourceUrl,
  EventsOf,
  ServerSentEvent,
} from "../index.js";
import { describe } from "./request.js";
import { each, eachSafely, type Member, type Shared, share } from "./shared.js";
import type { InferringStoreOptions, Snapshot, StoreOptions, StoreUrl, StreamStore } from "./types.js";

type Store = StreamStore<Record<string, unknown>, unknown>;
type AnyOptions = StoreOptions<Record<string, unknown>, unknown>;
type AnyReducer = (value: unknown, event: ServerSentEvent) => unknown;

const connecting: ConnectionState = { status: "connecting", attempt: 1 };
const closed: ConnectionState = { status: "closed", reason: "closed" };
const none = Object.freeze(Object.create(null));

/** The options of the request alone. */
const requestOf = ({ reduce, initial, recent, onError, key, ...request }: AnyOptions) => ({
  ...request,
  key: key ?? undefined,
});

const checked = (options: AnyOptions): AnyOptions => {
  const { recent = 0 } = options;
  if (!Number.isInteger(recent) || recent < 0) throw new TypeError('"recent" must be an integer >= 0');
  return options;
};

/**
 * Describes what a store asks for, by the content of its options but for reducers and functions: as long as it is the same, a
 * component keeps its store when it renders anew. For adapters.
 */
export const requestKey = (url: StoreUrl, options: object = {}): string =>
  url == null ? "" : describe(url, requestOf(options as AnyOptions), true);

/**
 * Makes snapshots of a stream, stable between frames, for any view. It connects when somebody subscribes, and never on a
 * server, which subscribes to nothing.
 *
 * Stores with equal URLs, options and keys share one source. It is closed a microtask after nobody listens to any of them.
 * A source sees events of all types: over the browser's EventSource name them in `eventTypes`, else fetch is taken.
 *
 * @typeParam E - the event map
 * @typeParam V - what the reducers make
 * @param url - as for `connect()`; `null` or `undefined` connects to nothing
 *
 * @example
 * ```ts
 * const orders = streamStore<Orders, ReadonlyMap<number, string>>("/orders/stream", {
 *   initial: new Map(),
 *   reduce: { orderUpdate: (all, { data }) => new Map(all).set(data.orderId, data.status) },
 * });
 * const unsubscribe = orders.subscribe(() => show(orders.getSnapshot().value));
 * ```
 */
export function streamStore<D extends Decoders, K extends keyof D, V = undefined>(
  url: StoreUrl,
  options: InferringStoreOptions<D, K, V>,
): StreamStore<EventsOf<D>, V>;
export function streamStore<E extends object = Record<string, unknown>, V = undefined>(
  url: StoreUrl,
  options?: StoreOptions<E, V>,
): StreamStore<E, V>;
export function streamStore(url: StoreUrl, options: object = {}): Store {
  let set = options as AnyOptions;
  const { initial } = set;
  const blank: Snapshot<Record<string, unknown>, unknown> = {
    state: url == null ? closed : connecting,
    latest: none,
    value: initial,
    recent: [],
    error: undefined,
    source: undefined,
  };
  let snapshot = blank;
  let shared: Shared | undefined;
  // What came since the snapshot was taken.
  let value: unknown = initial;
  let newest: ServerSentEvent[] = [];
  /** The events that are shown as the newest. */
  const lastOf = (events: readonly ServerSentEvent[]) => (set.recent ? events.slice(-set.recent) : []);
  const listeners = new Set<readonly [() => void]>();

  const member: Member = {
    fold(events) {
      if (set.recent) newest = lastOf([...newest, ...events]);
      const reducers = (set.reduce ?? none) as Record<string, AnyReducer | undefined>;
      each(events, (event) => {
        // A type may have the name of what every object has.
        const reduce = Object.hasOwn(reducers, event.type) && reducers[event.type];
        if (reduce) value = reduce(value, event);
      });
    },
    fail: (error: EventSourceError) => set.onError?.(error),
    renew() {
      if (!shared) return false;
      const { state, latest, error, source } = shared;
      const recent = newest.length ? lastOf([...snapshot.recent, ...newest]) : snapshot.recent;
      newest = [];
      const next = { state, latest, value, recent, error, source };
      const isNew = Object.keys(next).some(
        (name) => !Object.is(next[name as "state"], snapshot[name as "state"]),
      );
      if (isNew) snapshot = next;
      return isNew;
    },
    tell: () =>
      each(listeners, (entry) => {
        // Another one may have removed it meanwhile.
        if (listeners.has(entry)) entry[0]();
      }),
  };

  const join = (url: EventSourceUrl) => {
    const request = requestOf(checked(set));
    const { key, ...others } = request;
    shared = share(describe(url, request, key !== undefined), url, others);
    shared.add(member);
    member.renew();
  };
  const leave = () => {
    if (listeners.size) return;
    shared?.remove(member);
    shared = undefined;
    // Who subscribes next may be another user.
    value = initial;
    newest = [];
    snapshot = blank;
  };

  return {
    subscribe(listener) {
      if (url != null && !shared) join(url);
      const entry = [listener] as const;
      listeners.add(entry);
      return () => {
        // Who comes back in the same task finds everything as it was.
        if (listeners.delete(entry) && !listeners.size) queueMicrotask(leave);
      };
    },
    getSnapshot: () => snapshot,
    getServerSnapshot: () => blank,
    update(newer) {
      set = checked(newer);
      const { recent = 0 } = set;
      newest = lastOf(newest);
      if (snapshot.recent.length <= recent) return;
      snapshot = { ...snapshot, recent: lastOf(snapshot.recent) };
      eachSafely([member], () => member.tell());
    },
  };
}
