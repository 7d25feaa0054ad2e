import { messageOf, mustBe, type URL as PlatformUrl, platform } from "../base/index.js";
import type { Address, Attempt } from "../engine/index.js";

/**
 * The URL of an event stream, absolute or relative to the page, or a function that is asked for it before each attempt, such
 * as for one with a token in it.
 */
export type EventSourceUrl =
  | string
  | PlatformUrl
  | ((attempt: Attempt) => string | PlatformUrl | Promise<string | PlatformUrl>);

/** Where no URL is known yet, one that stands for it where only its form counts. */
export const anyUrl = "https://url.invalid/";

/** The absolute URL of an event stream, resolved as `new EventSource()` does. Throws a TypeError. */
export const resolve = (url: string | PlatformUrl, name = "url"): string => {
  // Workers have no document, Node has neither.
  const base = globalThis.document?.baseURI ?? platform.location?.href;
  try {
    const { protocol, href, username, password } = new URL(url as string, base);
    if (username || password) url = "…@…";
    else if (/^https?:$/.test(protocol)) return href;
  } catch {
    // A text that is no URL at all ends here, too.
  }
  return mustBe(name, `an HTTP URL without password, absolute or relative to ${base ?? "a page"}: "${url}"`);
};

/** Asks for the URL of an attempt. What the function throws is thrown. */
export const addressOf =
  (ask: Extract<EventSourceUrl, (attempt: Attempt) => unknown>) =>
  async (attempt: Attempt): Promise<Address> => {
    const url = await ask(attempt);
    try {
      return [resolve(url, "url()")];
    } catch (error) {
      return ["", messageOf(error)];
    }
  };
