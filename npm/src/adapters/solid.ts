import { type Accessor, createEffect, createMemo, createSignal, onCleanup } from "solid-js";
import type { Decoders, EventsOf } from "../index.js";
import {
  type InferringStoreOptions,
  type Snapshot,
  type StoreOptions,
  type StoreUrl,
  streamStore,
} from "../store.js";

/** The parts of a snapshot, each an accessor that changes when that part does. */
export type EventStreamAccessors<E extends object, V> = {
  readonly [K in keyof Snapshot<E, V>]: Accessor<Snapshot<E, V>[K]>;
};

const parts = ["state", "latest", "value", "recent", "error", "source"] as const;

/**
 * Shows a stream: its state, the latest event of each type, a folded value, the newest events and the newest error, each as an
 * accessor. Events change them at most once a frame, a new state or error at once.
 *
 * It connects in an effect, so never on a server. Owners with equal requests share one connection; see `streamStore()`.
 *
 * @param url - gives what `connect()` takes: when it changes, the stream of the new URL begins anew. `null` or `undefined`
 * connects to nothing
 *
 * @example
 * ```tsx
 * const orders = createEventStream<Orders, number>(() => `/orders/${props.id}/stream`, {
 *   initial: 0,
 *   reduce: { orderUpdate: (count) => count + 1 },
 * });
 * return <p>{orders.state().status}: {orders.value()}</p>;
 * ```
 */
export function createEventStream<D extends Decoders, K extends keyof D, V = undefined>(
  url: Accessor<StoreUrl>,
  options: InferringStoreOptions<D, K, V>,
): EventStreamAccessors<EventsOf<D>, V>;
export function createEventStream<E extends object = Record<string, unknown>, V = undefined>(
  url: Accessor<StoreUrl>,
  options?: StoreOptions<E, V>,
): EventStreamAccessors<E, V>;
export function createEventStream(url: Accessor<StoreUrl>, options: object = {}) {
  // What the URL is made of may change without changing it.
  const address = createMemo(url);
  const store = createMemo(() => streamStore(address(), options));
  const [told, tell] = createSignal(0);
  const snapshot = createMemo(() => {
    told();
    return store().getSnapshot();
  });
  createEffect(() => {
    const show = () => void tell((times) => times + 1);
    onCleanup(store().subscribe(show));
    show();
  });
  return Object.fromEntries(parts.map((part) => [part, createMemo(() => snapshot()[part])]));
}
