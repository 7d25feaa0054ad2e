import type { Query, QueryFunctionContext, QueryKey } from "@tanstack/query-core";
import type { ConnectionState, Decoders, EventsOf } from "../index.js";
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

/** The data of the query: a snapshot without its source, which no cache could keep. */
export type StreamData<E extends object, V> = Omit<Snapshot<E, V>, "source">;

/** Options for `useQuery()` and its like. */
export interface EventStreamQuery<E extends object, V, K extends QueryKey> {
  readonly queryKey: K;
  readonly queryFn: (context: QueryFunctionContext<K>) => Promise<StreamData<E, V>>;
  readonly enabled: boolean;
  readonly networkMode: "always";
  readonly refetchOnReconnect: false;
  readonly refetchOnWindowFocus: false;
  readonly retry: false;
  readonly staleTime: 0;
  readonly structuralSharing: false;
}

/** What a query reads. */
interface Reading {
  readonly store: Store;
  /** Whether its stream has been open. */
  isOpen: boolean;
  /** Counts the fetches. */
  fetches: number;
}

const readings = new WeakMap<object, Reading>();

/** A fetch that takes the place of another one, in the same task, goes on with its store: nothing begins anew. */
const readingOf = (query: object, url: StoreUrl, options: object): Reading => {
  const known = readings.get(query);
  known?.store.update(options as StoreOptions);
  const reading = known ?? { store: streamStore(url, options) as Store, isOpen: false, fetches: 0 };
  reading.fetches++;
  readings.set(query, reading);
  return reading;
};

const closed: ConnectionState = { status: "closed", reason: "closed" };

/**
 * Makes options for TanStack Query, in any framework. The query fetches for as long as the stream lasts: it has data once the
 * stream is open, and newer ones at most once a frame. It is done when the stream has ended. A failure that closes the stream
 * is its error; other errors are in its data.
 *
 * Fetching again, on focus or otherwise, resets nothing while the stream lasts. Once it has ended or failed, it is opened anew.
 * When the last observer goes, the stream is closed and the query is removed. After `cancelQueries()` the state is `closed`.
 * `fetchQuery()`, `ensureQueryData()` and `prefetchQuery()` would wait for the end of the stream: they are not for this.
 *
 * @param queryKey - the beginning of the query's key, which goes on with the request. Name the user, if the stream is a user's own
 * @param url - as for `connect()`; `null` or `undefined` connects to nothing
 *
 * @example
 * ```tsx
 * const { data } = useQuery(eventStreamOptions<Orders>(["orders"], "/orders/stream"));
 * return <p>{data?.latest.orderUpdate?.data.status}</p>;
 * ```
 */
export function eventStreamOptions<D extends Decoders, T extends keyof D, V = undefined>(
  queryKey: QueryKey,
  url: StoreUrl,
  options: InferringStoreOptions<D, T, V>,
): EventStreamQuery<EventsOf<D>, V, QueryKey>;
export function eventStreamOptions<E extends object = Record<string, unknown>, V = undefined>(
  queryKey: QueryKey,
  url: StoreUrl,
  options?: StoreOptions<E, V>,
): EventStreamQuery<E, V, QueryKey>;
export function eventStreamOptions(
  queryKey: QueryKey,
  url: StoreUrl,
  options: object = {},
  // biome-ignore lint/suspicious/noExplicitAny: the overloads have the types
): EventStreamQuery<any, any, QueryKey> {
  return {
    // Another request, or none, is another query: the observers leave the one before.
    queryKey: [...queryKey, requestKey(url, options)],
    queryFn: ({ client, queryKey, signal }) =>
      new Promise((resolve, reject) => {
        const cache = client.getQueryCache();
        const query = cache.find({ queryKey, exact: true }) as Query;
        const reading = readingOf(query, url, options);
        const { store, fetches } = reading;
        const data = () => {
          const { source, ...data } = store.getSnapshot();
          return data;
        };
        const show = () => {
          const now = data();
          const { status, cause } = now.state as { status: string; cause?: unknown };
          reading.isOpen ||= status === "open";
          if (reading.isOpen) query.setData(now, { manual: true });
          if (status !== "closed") return;
          end();
          if (cause) reject(cause);
          else resolve(now);
        };
        const end = () => {
          leave();
          readings.delete(query);
        };
        const leave = store.subscribe(show);
        signal.addEventListener("abort", () => {
          const last = data();
          leave();
          queueMicrotask(() => {
            // Another fetch may have taken its place.
            if (reading.fetches !== fetches || readings.get(query) !== reading) return;
            end();
            // Nothing is to show data of a stream that nobody reads.
            if (!query.getObserversCount()) cache.remove(query);
            else if (reading.isOpen) query.setData({ ...last, state: closed }, { manual: true });
          });
        });
        show();
      }),
    enabled: url != null,
    // The source itself knows whether the browser is offline, and when to try again.
    networkMode: "always",
    refetchOnReconnect: false,
    refetchOnWindowFocus: false,
    retry: false,
    // Data of an earlier page are no reason not to connect.
    staleTime: 0,
    // The store keeps the parts that did not change.
    structuralSharing: false,
  };
}
