import type { EventSource, URL } from "../base/index.js";
import type { BaseOptions } from "../options/index.js";

/** What a drop-in {@link EventSource} may be given beside its URL: the standard's, and what its request is made of. */
export interface EventSourceInit
  extends Pick<BaseOptions, "headers" | "method" | "body" | "idempotent" | "mode" | "redirect" | "fetch"> {
  /** Whether cookies go to other origins too; default `false`. */
  withCredentials?: boolean | undefined;
}

/** The drop-in class; see {@link EventSource}. Its instances have the type of the browser's own. */
export interface EventSourceConstructor {
  /**
   * Opens a connection to an event stream.
   *
   * @param url - the event stream, relative to the document, in a worker to its script
   * @throws DOMException `SyntaxError` if there is no such URL, TypeError if what the request is made of is wrong
   */
  new (url: string | URL, init?: EventSourceInit | null): EventSource;
  readonly prototype: EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}
