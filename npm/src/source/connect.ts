import { start } from "../engine/index.js";
import type {
  AnyDecoder,
  BaseOptions,
  ConnectOptions,
  Decoded,
  EventOptions,
  ProofOfLife,
} from "../options/index.js";
import { createSource } from "./source.js";
import type { TypedEventSource } from "./types.js";
import type { EventSourceUrl } from "./url.js";

/** Decoders from which the event map is inferred. */
export interface Decoders {
  readonly [type: string]: AnyDecoder;
}

/** The event map that decoders make. */
export type EventsOf<D extends Decoders> = { -readonly [K in keyof D]: Decoded<D[K]> };

/** The options that depend on decoders from which the event map is inferred. */
export interface DecoderOptions<D extends Decoders, K extends keyof D = keyof D> {
  /** How to decode each event type. Types that are not named here are not part of the event map. */
  readonly decode: D;
  /** Event types to listen to in any case; see {@link EventOptions.eventTypes}. */
  readonly eventTypes?: readonly K[] | undefined;
}

/** Options from whose decoders the event map is inferred. */
export type InferringOptions<D extends Decoders, K extends keyof D = keyof D> = BaseOptions &
  ProofOfLife &
  DecoderOptions<D, K>;

/**
 * The options where none depends on another. Editors show an option's text in a call only if the options are no union, so
 * these come first.
 */
interface OptionsOfFetch extends BaseOptions {
  /**
   * How to read the stream. `auto`, the default, takes the browser's EventSource for what it can express,
   * and fetch for the rest and for what the browser gives up on.
   */
  readonly transport?: "auto" | "fetch" | undefined;
}

/**
 * Subscribes to an event stream.
 *
 * URL and options are checked at once. The source is returned in the state `connecting`, and connects as
 * soon as the task is over: handlers that are added in the same task miss nothing. It reconnects and resumes by
 * itself until it is closed.
 *
 * Call it in the browser, not while a server renders a page: in an effect (React's `useEffect`, Vue's `onMounted`, Svelte's
 * `onMount`), which no server runs. On a server a relative URL throws, and an absolute one opens a stream for each
 * rendering that nobody closes. The package does not warn of that, since a rendering looks like any other Node program.
 *
 * @param url - the event stream, absolute or relative to the page, or a function that is asked before each attempt, which
 * needs fetch. If the function throws, the attempt has failed, as with `headers`. If it gives anything but an HTTP URL, the
 * source is closed, with the reason `fatal`
 * @throws TypeError if the URL or an option is wrong; its message says what is allowed
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * @example With an event map
 * ```ts
 * interface Orders {
 *   heartRate: number;
 *   orderUpdate: { orderId: number; status: string; at: string };
 * }
 * const source = connect<Orders>("/orders/stream");
 * source.on("orderUpdate", (event) => console.log(event.data.status));
 * ```
 *
 * @example Without one it is inferred from the decoders, which may be schemas
 * ```ts
 * const source = connect("/orders/stream", { decode: { heartRate: Number, orderUpdate: orderSchema } });
 * ```
 */
export function connect<D extends Decoders, K extends keyof D>(
  url: EventSourceUrl,
  options: OptionsOfFetch & DecoderOptions<D, K>,
): TypedEventSource<EventsOf<D>>;
export function connect<E extends object = Record<string, unknown>>(
  url: EventSourceUrl,
  options?: OptionsOfFetch & EventOptions<E>,
): TypedEventSource<E>;
export function connect<D extends Decoders, K extends keyof D>(
  url: EventSourceUrl,
  options: InferringOptions<D, K>,
): TypedEventSource<EventsOf<D>>;
export function connect<E extends object = Record<string, unknown>>(
  url: EventSourceUrl,
  options?: ConnectOptions<E>,
): TypedEventSource<E>;
export function connect(url: EventSourceUrl, options: object = {}): TypedEventSource {
  return createSource(start, url, options);
}
