/**
 * What only requests of the application's own need.
 */

import type { AbortSignal, EventSourceError, RequestInit, Response } from "../base/index.js";
import { cancel, isReadable } from "./body.js";
import { headersOf } from "./headers.js";
import type { Attempt, EngineSettings } from "./settings.js";

/** What every request of an event stream has. */
export type Init = RequestInit & { readonly headers: Record<string, string>; readonly signal: AbortSignal };

/** Makes a request. Gives the response, and the beginning of its body where that had to be read. */
export type Send = (
  url: string,
  init: Init,
  attempt: Attempt,
) => Promise<readonly [response: Response, bodyText?: string | undefined]>;

/** What is known of a `refresh`, for all sources that share it. */
interface Refreshing {
  /** The call that is under way; gives whether it succeeded. */
  call?: Promise<boolean> | undefined;
  successes: number;
}

const refreshing = new WeakMap<() => unknown, Refreshing>();

const known = (refresh: () => unknown): Refreshing => {
  const shared = refreshing.get(refresh) ?? { successes: 0 };
  refreshing.set(refresh, shared);
  return shared;
};

/**
 * Calls a refresh, or joins the call that is under way; gives whether it succeeded. It goes on when nobody waits for it
 * any more: half a login may be worse than none.
 *
 * @param report - takes what it throws
 */
export const callRefresh = (
  refresh: () => Promise<unknown>,
  report: (error: unknown) => void,
): Promise<boolean> => {
  const shared = known(refresh);
  const call = async () => {
    // Until it is known as the one under way: it may throw at once.
    await undefined;
    try {
      await refresh();
      shared.successes++;
      return true;
    } catch (error) {
      report(error);
      return false;
    } finally {
      shared.call = undefined;
    }
  };
  shared.call ??= call();
  return shared.call;
};

/**
 * Gives what makes the requests of a source.
 *
 * @param report - takes what a refresh throws
 * @param unauthorized - gives the error of a response with status 401, with the beginning of its body
 */
export const createSend = (
  { headers, method, body, mode, redirect, refresh, ...set }: EngineSettings,
  report: (error: unknown) => void,
  unauthorized: (response: Response, signal: AbortSignal) => Promise<EventSourceError>,
): Send => {
  const send = async (url: string, init: Init, attempt: Attempt): Promise<Response> => {
    const { signal } = init;
    // What runs from here on is the application's, and must not run within a call that it makes.
    await undefined;
    signal.throwIfAborted();
    const all = headersOf(typeof headers === "function" ? await headers(attempt) : headers);
    for (const [name, value] of Object.entries(init.headers)) if (!all.has(name)) all.set(name, value);
    signal.throwIfAborted();
    const fetch = set.fetch ?? globalThis.fetch;
    const response = await fetch(url, { ...init, method, body, mode, redirect, headers: all } as RequestInit);
    // By its looks: another frame's is one too.
    if (!response?.headers) throw new TypeError("fetch gave no Response");
    if (response.status === 200 && !isReadable(response.body))
      throw new TypeError("fetch gave a body that is no ReadableStream: convert it");
    // A fetch that does not look at the signal leaves it to us to cancel the body, until that has a reader.
    const letGo = () => cancel(response.body);
    signal.onabort = letGo;
    if (signal.aborted) letGo();
    signal.throwIfAborted();
    return response;
  };

  if (!refresh) return async (...request) => [await send(...request)];

  const shared = known(refresh);
  return async (url, init, attempt) => {
    const { successes } = shared;
    const response = await send(url, init, attempt);
    if (response.status !== 401) return [response];
    const cause = await unauthorized(response, init.signal);
    init.signal.throwIfAborted();
    // Whoever asked with what was replaced meanwhile need only ask again.
    if (shared.successes === successes && !(await callRefresh(refresh, report)))
      return [response, cause.bodyText];
    return [await send(url, init, { ...attempt, cause })];
  };
};
