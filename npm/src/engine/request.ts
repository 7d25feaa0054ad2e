/**
 * Requests that the application has a part in: headers, a method, a body, a `fetch` or a `refresh` of its own.
 */

import { type AbortSignal, platform, type RequestInit, type Response } from "../base/index.js";
import { cancel, excerpt, isReadable } from "./body.js";
import { headersOf } from "./headers.js";
import { failure } from "./message.js";
import type { Attempt, EngineSettings } from "./settings.js";

/** The parts that every request of an event stream has. A method replaces the one that the application asked for. */
export type Init = RequestInit & { readonly headers: Record<string, string>; readonly signal: AbortSignal };

/** Where a request goes, of the URL that the application gave for it, and whether its header carries the last event ID. */
export type Aim = (url: string) => readonly [url: string, isByHeader: boolean];

/** The application gave no URL that a request can be made to. Another attempt would hardly get one. */
export class WrongUrl extends TypeError {}

/**
 * Makes a request. Gives the response, and the beginning of its body where that had to be read.
 *
 * `aim` is asked where the application is asked for the URL.
 */
export type Send = (
  url: string,
  init: Init,
  attempt: Attempt,
  aim: Aim,
) => Promise<readonly [response: Response, bodyText?: string | undefined]>;

/** The calls of a `refresh`, for all sources that share it. */
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
 * @param report - takes the value that the refresh throws
 */
export const callRefresh = (
  refresh: () => Promise<unknown>,
  report: (error: unknown) => void,
): Promise<boolean> => {
  const shared = known(refresh);
  const call = async () => {
    // First the call has to be known as the one under way: the refresh may throw at once.
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
 * Gives the function that makes the requests of a source.
 *
 * @param report - takes the value that a refresh throws
 */
export const createSend = (
  { headers, method, body, mode, redirect, refresh, ...set }: EngineSettings,
  report: (error: unknown) => void,
): Send => {
  const send = async (...[url, init, attempt, aim]: Parameters<Send>): Promise<Response> => {
    const { signal } = init;
    let isByHeader = true;
    // From here on, functions of the application run. They must not run within a call that the application makes.
    await undefined;
    signal.throwIfAborted();
    if (set.url) {
      const [given, wrong] = await set.url(attempt);
      signal.throwIfAborted();
      if (wrong) throw new WrongUrl(wrong);
      [url, isByHeader] = aim(given);
    }
    const all = headersOf(typeof headers === "function" ? await headers(attempt) : headers);
    // A GET in the place of the request has no body, nor headers that are about one.
    const [content, type] = init.method ? [] : typeof body === "function" ? await body(attempt) : [body];
    const own = init.method ? {} : { method, body: content };
    if (init.method) for (const name of [...all.keys()]) if (name.startsWith("content-")) all.delete(name);
    // A form that has become bytes does not say its type any more.
    if (type && !all.has("content-type")) all.set("content-type", type);
    for (const [name, value] of Object.entries(init.headers))
      if (!all.has(name) && (isByHeader || name !== "last-event-id")) all.set(name, value);
    signal.throwIfAborted();
    const fetch = set.fetch ?? platform.fetch;
    const response = await fetch(url, { ...init, ...own, mode, redirect, headers: all } as RequestInit);
    // Told by its looks: a response of another frame is one, too.
    if (!response?.headers) throw new TypeError("fetch gave no Response");
    if (response.status === 200 && !isReadable(response.body))
      throw new TypeError("fetch gave a body that is no ReadableStream: convert it");
    // A fetch may ignore the signal. Until the body has a reader, it is cancelled here.
    const letGo = () => cancel(response.body);
    signal.onabort = letGo;
    if (signal.aborted) letGo();
    signal.throwIfAborted();
    return response;
  };

  return async (url, init, attempt, aim) => {
    const successes = refresh && known(refresh).successes;
    const response = await send(url, init, attempt, aim);
    const { status, headers } = response;
    if (!refresh || status !== 401) return [response];
    const bodyText = await excerpt(response, init.signal);
    init.signal.throwIfAborted();
    // If the credentials were replaced since this request was made, asking again is enough.
    if (known(refresh).successes === successes && !(await callRefresh(refresh, report)))
      return [response, bodyText];
    const cause = failure("status", ` ${status}`, { status, headers, bodyText });
    return [await send(url, init, { ...attempt, cause }, aim)];
  };
};
