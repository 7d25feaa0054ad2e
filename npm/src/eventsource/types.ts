import type { EventSource, URL } from "../base/index.js";
import type { BaseOptions } from "../options/index.js";

/** The options of a drop-in {@link EventSource}: the standard's, and the parts of its request. */
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
   * @throws DOMException `SyntaxError` if the URL is none, TypeError if a part of the request is wrong
   */
  new (url: string | URL, init?: EventSourceInit | null): EventSource;
  readonly prototype: EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}
