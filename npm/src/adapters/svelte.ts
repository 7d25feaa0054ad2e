import { createSubscriber } from "svelte/reactivity";
import type { Readable } from "svelte/store";
import type { Decoders, EventsOf } from "../index.js";
import {
  type InferringStoreOptions,
  type Snapshot,
  type StoreOptions,
  type StoreUrl,
  streamStore,
} from "../store.js";

/** A stream, as a store (`$stream.state`) and for runes (`stream.current.state`). */
export interface EventStreamView<E extends object, V> extends Readable<Snapshot<E, V>> {
  /** The present snapshot. An effect or a template that reads it runs again when it changes. */
  readonly current: Snapshot<E, V>;
}

/**
 * Shows a stream: its state, the latest event of each type, a folded value, the newest events and the newest error. It changes
 * at most once a frame for events, and at once for a new state or error.
 *
 * It connects while something reads it that runs again, never on a server. Views with equal requests share one connection; see
 * `streamStore()`. For a URL that changes, derive it.
 *
 * @param url - as for `connect()`; `null` or `undefined` connects to nothing
 *
 * @example
 * ```svelte
 * <script lang="ts">
 *   const { id } = $props();
 *   const orders = $derived(eventStream<Orders>(`/orders/${id}/stream`));
 * </script>
 * <p>{orders.current.state.status}: {orders.current.latest.orderUpdate?.data.status}</p>
 * ```
 */
export function eventStream<D extends Decoders, K extends keyof D, V = undefined>(
  url: StoreUrl,
  options: InferringStoreOptions<D, K, V>,
): EventStreamView<EventsOf<D>, V>;
export function eventStream<E extends object = Record<string, unknown>, V = undefined>(
  url: StoreUrl,
  options?: StoreOptions<E, V>,
): EventStreamView<E, V>;
export function eventStream(url: StoreUrl, options: object = {}) {
  const store = streamStore(url, options);
  const track = createSubscriber((update) => store.subscribe(update));
  return {
    get current() {
      track();
      return store.getSnapshot();
    },
    subscribe(run: (snapshot: Snapshot) => void) {
      // A server that renders `$stream` subscribes, too.
      const leave = globalThis.document ? store.subscribe(() => run(store.getSnapshot())) : () => {};
      run(store.getSnapshot());
      return leave;
    },
  };
}
