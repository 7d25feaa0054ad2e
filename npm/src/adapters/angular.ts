import { computed, effect, inject, PLATFORM_ID, type Signal, signal, untracked } from "@angular/core";
import type { Decoders, EventsOf } from "../index.js";
import {
  type InferringStoreOptions,
  type Snapshot,
  type StoreOptions,
  type StoreUrl,
  streamStore,
} from "../store.js";

/** The parts of a snapshot, each a signal that changes when that part does. */
export type EventStreamSignals<E extends object, V> = {
  readonly [K in keyof Snapshot<E, V>]: Signal<Snapshot<E, V>[K]>;
};

const parts = ["state", "latest", "value", "recent", "error", "source"] as const;

/**
 * Shows a stream: its state, the latest event of each type, a folded value, the newest events and the newest error, each as a
 * signal. Events change them at most once a frame, a new state or error at once.
 *
 * Call it where `inject()` can be called. It connects in an effect, and not on a server. What asks for the same shares one
 * connection; see `streamStore()`.
 *
 * @param url - a signal, or a function that may read some, of what `connect()` takes: when it changes, the stream of the new
 * URL begins anew. `null` or `undefined` connects to nothing
 *
 * @example
 * ```ts
 * class OrdersPage {
 *   readonly id = input.required<number>();
 *   readonly orders = injectEventStream<Orders, number>(() => `/orders/${this.id()}/stream`, {
 *     initial: 0,
 *     reduce: { orderUpdate: (count) => count + 1 },
 *   });
 * }
 * ```
 * ```html
 * <p>{{ orders.state().status }}: {{ orders.value() }}</p>
 * ```
 */
export function injectEventStream<D extends Decoders, K extends keyof D, V = undefined>(
  url: () => StoreUrl,
  options: InferringStoreOptions<D, K, V>,
): EventStreamSignals<EventsOf<D>, V>;
export function injectEventStream<E extends object = Record<string, unknown>, V = undefined>(
  url: () => StoreUrl,
  options?: StoreOptions<E, V>,
): EventStreamSignals<E, V>;
export function injectEventStream(url: () => StoreUrl, options: object = {}) {
  const address = computed(url);
  const store = computed(() => streamStore(address(), options));
  const told = signal(0);
  const tell = () => told.update((times) => times + 1);
  const snapshot = computed(() => {
    told();
    return store().getSnapshot();
  });
  // A server runs effects, too.
  if (inject(PLATFORM_ID) !== ("server" as unknown))
    effect((onCleanup) => {
      onCleanup(store().subscribe(tell));
      untracked(tell);
    });
  return Object.fromEntries(parts.map((part) => [part, computed(() => snapshot()[part])]));
}
