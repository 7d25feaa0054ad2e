import type { QueryFunctionContext, QueryKey } from "@tanstack/query-core";
import type { Decoders, EventsOf } from "../index.js";
import {
  type InferringStoreOptions,
  requestKey,
  type Snapshot,
  type StoreOptions,
  type StoreUrl,
  type StreamStore,
  streamStore,
} from "../store.js";

type Store = StreamStore<Record<string, unknown>, undefined>;

/** Options for `useQuery()` and its like, whose data are snapshots. */
export interface EventStreamQuery<E extends object, V> {
  readonly queryKey: QueryKey;
  readonly queryFn: (context: QueryFunctionContext) => Promise<Snapshot<E, V>>;
  readonly enabled: boolean;
  readonly retry: false;
  readonly structuralSharing: false;
}

/** The stores of queries that have a connection. */
const stores = new WeakMap<object, Store>();

/**
 * Makes options for TanStack Query, in any framework: the data are snapshots, newer ones at most once a frame. The query has
 * data once the stream is open. If it fails before, the query has that error; later errors are in the snapshots.
 *
 * The connection lasts as long as the query has observers. Fetching again, on focus or otherwise, resets nothing; it opens a
 * stream again that a failure has closed. On a server the data are those before any event.
 *
 * @param url - as for `connect()`; `null` or `undefined` connects to nothing
 *
 * @example
 * ```tsx
 * const { data } = useQuery(eventStreamOptions<Orders>("/orders/stream"));
 * return <p>{data?.latest.orderUpdate?.data.status}</p>;
 * ```
 */
export function eventStreamOptions<D extends Decoders, K extends keyof D, V = undefined>(
  url: StoreUrl,
  options: InferringStoreOptions<D, K, V>,
): EventStreamQuery<EventsOf<D>, V>;
export function eventStreamOptions<E extends object = Record<string, unknown>, V = undefined>(
  url: StoreUrl,
  options?: StoreOptions<E, V>,
): EventStreamQuery<E, V>;
// biome-ignore lint/suspicious/noExplicitAny: the overloads have the types
export function eventStreamOptions(url: StoreUrl, options: object = {}): EventStreamQuery<any, any> {
  /** Connects for as long as the query has observers. */
  const join = (query: object, { client, queryKey }: QueryFunctionContext) => {
    const store: Store = streamStore(url, options);
    const cache = client.getQueryCache();
    const leave = store.subscribe(() => client.setQueryData(queryKey, store.getSnapshot()));
    const stop = cache.subscribe((event) => {
      if (event.query === query) queueMicrotask(look);
    });
    const look = () => {
      const now = cache.find({ queryKey, exact: true });
      if (now === query && (now.isActive() || now.state.fetchStatus !== "idle")) return;
      stop();
      leave();
      stores.delete(query);
    };
    stores.set(query, store);
    return store;
  };
  return {
    queryKey: ["typed-eventsource", requestKey(url, options)],
    queryFn: async (context: QueryFunctionContext) => {
      const query = context.client.getQueryCache().find({ queryKey: context.queryKey, exact: true });
      if (!query || !globalThis.document) return streamStore(url, options).getServerSnapshot();
      const store = stores.get(query) ?? join(query, context);
      const { state, source } = store.getSnapshot();
      if (state.status === "closed" && state.cause) source?.reconnect();
      return new Promise<Snapshot>((resolve, reject) => {
        const look = () => {
          const snapshot = store.getSnapshot();
          const { status, cause } = snapshot.state as { status: string; cause?: unknown };
          if (status !== "open" && status !== "closed") return;
          queueMicrotask(leave);
          if (status === "closed" && cause) reject(cause);
          else resolve(snapshot);
        };
        const leave = store.subscribe(look);
        look();
      });
    },
    enabled: url != null,
    retry: false,
    // What came before is kept by the store. A source must not be copied.
    structuralSharing: false,
  };
}
