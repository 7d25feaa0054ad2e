/**
 * The platform's types, as the package's declarations name them: those of the program's own libraries, be that the DOM's,
 * a worker's or Node's. Where a program has none, or declares them as classes, which are no properties of `globalThis`,
 * each is the part that is used here, so that a real one can be given.
 */

/** An instance of a global class. */
type Instance<Name extends string, Otherwise> = typeof globalThis extends {
  readonly [N in Name]: { readonly prototype: infer T };
}
  ? T
  : Otherwise;

/** The headers of a request or a response. */
export type Headers = Instance<"Headers", PlainHeaders>;

interface PlainHeaders {
  get(name: string): string | null;
  has(name: string): boolean;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  forEach(callback: (value: string, name: string) => void): void;
}

/** Headers in any form that fetch takes. */
export type HeadersInit =
  | Headers
  | readonly (readonly [name: string, value: string])[]
  | Iterable<readonly [name: string, value: string]>
  | { readonly [name: string]: string };

export type AbortSignal = Instance<"AbortSignal", PlainSignal>;

/** What is used of a signal. */
export interface PlainSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export type URL = Instance<"URL", { readonly href: string; readonly searchParams: object }>;

/** Bytes, as WebAssembly and fetch take them. */
export type BufferSource = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** A request's body that can be sent more than once. */
export type BodyInit =
  | string
  | BufferSource
  | Instance<"Blob", { readonly size: number; readonly type: string; slice(): unknown }>
  | Instance<"FormData", { append(name: string, value: string): void; getAll(name: string): unknown[] }>
  | Instance<"URLSearchParams", { append(name: string, value: string): void; sort(): void }>;

/** What fetch is given beside the URL. */
export type RequestInit = typeof globalThis extends {
  readonly fetch: (url: never, init?: infer T) => unknown;
}
  ? NonNullable<T>
  : PlainRequestInit;

interface PlainRequestInit {
  readonly method?: string;
  readonly headers?: Headers;
  readonly body?: BodyInit;
  readonly signal?: AbortSignal;
  readonly cache?: "no-store";
  readonly credentials?: "include" | "same-origin";
  readonly mode?: "cors" | "same-origin";
  readonly redirect?: "follow" | "error";
}

export type Response = Instance<"Response", PlainResponse>;

interface PlainResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly body: { getReader(): unknown } | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What is used of a response: that of another library's fetch fits, too. */
export interface AnyResponse {
  readonly status: number;
  readonly url: string;
  readonly headers: { get(name: string): string | null; has(name: string): boolean };
  readonly body: { getReader(): unknown } | null;
}

/** The browser's class. */
export type EventSource = Instance<"EventSource", PlainEventSource>;

interface PlainEventSource {
  readonly url: string;
  readonly withCredentials: boolean;
  readonly readyState: number;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  onopen: ((event: PlainEvent) => unknown) | null;
  onmessage: ((event: PlainMessage) => unknown) | null;
  onerror: ((event: PlainEvent) => unknown) | null;
  addEventListener(type: "open" | "error", listener: (event: PlainEvent) => unknown): void;
  addEventListener(type: string, listener: (event: PlainMessage) => unknown): void;
  removeEventListener(type: string, listener: (event: PlainMessage) => unknown): void;
  close(): void;
}

interface PlainEvent {
  readonly type: string;
}

interface PlainMessage extends PlainEvent {
  readonly data: string;
  readonly lastEventId: string;
  readonly origin: string;
}
