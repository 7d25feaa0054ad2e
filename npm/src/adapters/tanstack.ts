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

/** The newest store of each query, and what it asks for. */
const stores = new WeakMap<object, readonly [request: string, store: Store]>();

/** A fetch that takes the place of another one, in the same task, goes on with its store: nothing begins anew. */
const storeFor = (query: object, url: StoreUrl, options: object): Store => {
  const request = requestKey(url, options);
  const [known, kept] = stores.get(query) ?? [];
  const store = kept && known === request ? kept : (streamStore(url, options) as Store);
  stores.set(query, [request, store]);
  return store;
};

/**
 * Makes options for TanStack Query, in any framework. The query fetches for as long as the stream lasts: it has data once the
 * stream is open, and newer ones at most once a frame. It is done when the stream has ended. A failure that closes the stream
 * is its error; other errors are in its data.
 *
 * Fetching again, on focus or otherwise, resets nothing while the stream lasts. Once it has ended or failed, it is opened anew.
 * When the last observer goes, the stream is closed and the data are forgotten. Do not prefetch it on a server: it would not
 * end.
 *
 * @param queryKey - names the request, and the user if it is one's own
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
    queryKey,
    queryFn: ({ client, queryKey, signal }) =>
      new Promise((resolve, reject) => {
        const query = client.getQueryCache().find({ queryKey, exact: true }) ?? client;
        const store = storeFor(query, url, options);
        let isOpen = false;
        const show = () => {
          const { source, ...data } = store.getSnapshot();
          const { status, cause } = data.state as { status: string; cause?: unknown };
          isOpen ||= status === "open";
          if (isOpen) client.setQueryData(queryKey, data);
          if (status !== "closed") return;
          leave();
          if (cause) reject(cause);
          else resolve(data);
        };
        const leave = store.subscribe(show);
        signal.addEventListener("abort", leave);
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
