import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Decoders, EventSourceError, EventsOf, EventType, ServerSentEvent } from "../index.js";
import * as stores from "../store.js";

type Store<E extends object, V> = stores.StreamStore<E, V>;
type AnySnapshot = stores.Snapshot<Record<string, unknown>, unknown>;

/** Shows a part of the snapshots of the given store, or of the component's own, which it keeps while it asks for the same. */
function usePart<T>(from: unknown, options: object, part: (snapshot: AnySnapshot) => T): T {
  const given = from instanceof Object && "getSnapshot" in from && (from as Store<object, unknown>);
  const url = from as stores.StoreUrl;
  const request = given || stores.requestKey(url, options);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked for stands in the request
  const store = useMemo(() => reread(given || stores.streamStore(url, options)), [request]);
  useEffect(() => {
    if (!given) store.update(options);
  });
  return useSyncExternalStore(
    store.subscribe,
    () => part(store.getSnapshot()),
    () => part(store.getServerSnapshot()),
  );
}

/** Has snapshots read anew after subscribing: React does not always, such as after it has suspended. */
const reread = (store: Store<object, unknown>) => ({
  ...(store as Store<Record<string, unknown>, unknown>),
  subscribe(listener: () => void) {
    const leave = store.subscribe(listener);
    listener();
    return leave;
  },
});

const whole = (snapshot: AnySnapshot) => snapshot;

/** Errors are nobody's where a part is shown that has none: thrown where nobody catches them, they are reported as uncaught. */
const reporting = (options: Pick<stores.ViewOptions, "onError">) => ({
  ...options,
  onError: options.onError ?? report,
});

const report = (error: EventSourceError) =>
  queueMicrotask(() => {
    throw error;
  });

/**
 * Shows a stream: its state, the latest event of each type, a folded value, the newest events and the newest error. The
 * component is rendered at most once a frame for events, and at once for a new state or error.
 *
 * Components with equal requests share one connection; see `streamStore()`. Options may be written in the call: it goes on as
 * long as they say the same. Newer reducers and a newer `onError` are taken over; of other functions, those of the first
 * rendering are kept, until the `key` or anything else is another. A storage for `persist` is made outside of the component:
 * another object is another request.
 *
 * @param url - as for `connect()`; `null` or `undefined` connects to nothing. Or a store, which components can share
 *
 * @example
 * ```tsx
 * function Orders() {
 *   const { state, value, error } = useEventStream<Orders, number>("/orders/stream", {
 *     initial: 0,
 *     reduce: { orderUpdate: (count) => count + 1 },
 *   });
 *   return <p>{state.status}: {value} {error?.message}</p>;
 * }
 * ```
 */
export function useEventStream<E extends object, V>(store: Store<E, V>): stores.Snapshot<E, V>;
export function useEventStream<D extends Decoders, K extends keyof D, V = undefined>(
  url: stores.StoreUrl,
  options: stores.InferringStoreOptions<D, K, V>,
): stores.Snapshot<EventsOf<D>, V>;
export function useEventStream<E extends object = Record<string, unknown>, V = undefined>(
  url: stores.StoreUrl,
  options?: stores.StoreOptions<E, V>,
): stores.Snapshot<E, V>;
export function useEventStream(from: unknown, options: object = {}): AnySnapshot {
  return usePart(from, options, whole);
}

/**
 * Shows the latest event of one type, and is rendered for no other. With a URL, errors are reported as uncaught, unless there
 * is an `onError`. The errors of a store that is given are that store's to handle: give it an `onError`.
 *
 * @example
 * ```tsx
 * const orders = streamStore<Orders>("/orders/stream", { onError: console.error });
 * function HeartRate() {
 *   return <b>{useLatest(orders, "heartRate")?.data}</b>;
 * }
 * ```
 */
export function useLatest<E extends object, K extends EventType<E>, V>(
  store: Store<E, V>,
  type: K,
): ServerSentEvent<K, E[K]> | undefined;
export function useLatest<D extends Decoders, K extends EventType<EventsOf<D>>>(
  url: stores.StoreUrl,
  type: K,
  options: stores.InferringStoreOptions<D, keyof D>,
): ServerSentEvent<K, EventsOf<D>[K]> | undefined;
export function useLatest<E extends object, K extends EventType<E>>(
  url: stores.StoreUrl,
  type: K,
  options?: stores.StoreOptions<E>,
): ServerSentEvent<K, E[K]> | undefined;
export function useLatest(from: unknown, type: string, options: object = {}): ServerSentEvent | undefined {
  return usePart(from, reporting(options), ({ latest }) => latest[type]);
}

/**
 * Shows what reducers make of the events, and is rendered when that changes. Errors are reported as uncaught, unless there is
 * an `onError`. For the value of a store that you have, use `useEventStream(store)`.
 *
 * @example
 * ```tsx
 * const count = useReducedEvents<Orders, number>("/orders/stream", { orderUpdate: (count) => count + 1 }, 0);
 * ```
 */
export function useReducedEvents<D extends Decoders, V>(
  url: stores.StoreUrl,
  reduce: stores.Reducers<EventsOf<D>, V>,
  initial: V,
  options: stores.InferringStoreOptions<D, keyof D>,
): V;
export function useReducedEvents<E extends object, V>(
  url: stores.StoreUrl,
  reduce: stores.Reducers<E, V>,
  initial: V,
  options?: stores.StoreOptions<E>,
): V;
export function useReducedEvents(url: unknown, reduce: object, initial: unknown, options: object = {}) {
  return usePart(url, { ...reporting(options), reduce, initial }, ({ value }) => value);
}
