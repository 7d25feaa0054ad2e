/** Where no library declares the platform's objects, whatever has their parts fits: here those of a program of its own. */

import { connect, EventSourceError, init } from "typed-eventsource";

declare class Headers {
  get(name: string): string | null;
  has(name: string): boolean;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
  forEach<This = unknown>(callback: (this: This, value: string, name: string, all: Headers) => void): void;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
declare class Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener<T extends "abort">(
    type: T,
    handler: ((event: object) => void) | object,
    options?: object,
  ): void;
  removeEventListener<T extends "abort">(type: T, handler: ((event: object) => void) | object): void;
}
declare class Response {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly body: { getReader(): { read(): Promise<unknown> }; cancel(): Promise<void> } | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}
declare class File {
  readonly size: number;
  readonly type: string;
  readonly name: string;
  slice(begin?: number, end?: number): File;
}
declare const module: { readonly exports: never };

connect("/", { headers: new Headers(), signal: new Signal(), fetch: async () => new Response() });
connect("/", { headers: () => new Headers(), method: "POST", body: new File() });
connect("/", {
  fetch: async (_url, { signal, headers }) => {
    signal?.addEventListener("abort", () => headers?.get("accept"));
    return new Response();
  },
});
connect({ href: "https://example.com/", searchParams: {} });
init({ module: new Response() });
init({ module });
new EventSourceError("status", "as a test makes it", { headers: new Headers() });
// @ts-expect-error a response is no body
connect("/", { method: "POST", body: new Response() });
// @ts-expect-error and no headers
connect("/", { headers: new Response() });
