import {
  type ComputedRef,
  computed,
  getCurrentInstance,
  getCurrentScope,
  type MaybeRefOrGetter,
  onMounted,
  shallowRef,
  toValue,
  watch,
} from "vue";
import type { Decoders, EventsOf } from "../index.js";
import {
  type InferringStoreOptions,
  type Snapshot,
  type StoreOptions,
  type StoreUrl,
  streamStore,
} from "../store.js";

/** The parts of a snapshot, each a ref that changes when that part does. */
export type EventStreamRefs<E extends object, V> = {
  readonly [K in keyof Snapshot<E, V>]: ComputedRef<Snapshot<E, V>[K]>;
};

const parts = ["state", "latest", "value", "recent", "error", "source"] as const;

/**
 * Shows a stream: its state, the latest event of each type, a folded value, the newest events and the newest error, each as a
 * ref. Events change them at most once a frame, a new state or error at once.
 *
 * It connects when the component is mounted, so never on a server; outside of a component, in an effect scope, at once.
 * Components with equal requests share one connection; see `streamStore()`.
 *
 * @param url - as for `connect()`, or a ref or a getter of that: when it changes, the stream of the new URL begins anew.
 * `null` or `undefined` connects to nothing. A function that is to be asked before each attempt is given in a ref
 *
 * @example
 * ```ts
 * const { state, value } = useEventStream<Orders, number>(() => `/orders/${props.id}/stream`, {
 *   initial: 0,
 *   reduce: { orderUpdate: (count) => count + 1 },
 * });
 * ```
 */
export function useEventStream<D extends Decoders, K extends keyof D, V = undefined>(
  url: MaybeRefOrGetter<StoreUrl>,
  options: InferringStoreOptions<D, K, V>,
): EventStreamRefs<EventsOf<D>, V>;
export function useEventStream<E extends object = Record<string, unknown>, V = undefined>(
  url: MaybeRefOrGetter<StoreUrl>,
  options?: StoreOptions<E, V>,
): EventStreamRefs<E, V>;
export function useEventStream(url: MaybeRefOrGetter<StoreUrl>, options: object = {}) {
  const snapshot = shallowRef(streamStore(toValue(url), options).getSnapshot());
  const join = (url: StoreUrl, _: unknown, onCleanup: (leave: () => void) => void) => {
    const store = streamStore(url, options);
    const show = () => {
      snapshot.value = store.getSnapshot();
    };
    onCleanup(store.subscribe(show));
    show();
  };
  // The scope may outlive the component that is mounted, such as that of a Pinia store.
  const scope = getCurrentScope();
  const follow = () => void watch(() => toValue(url), join, { immediate: true, flush: "sync" });
  const start = () => (scope ? scope.run(follow) : follow());
  if (getCurrentInstance()) onMounted(start);
  else start();
  return Object.fromEntries(parts.map((part) => [part, computed(() => snapshot.value[part])]));
}
