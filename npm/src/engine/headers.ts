import { type HeadersInit, mustBe, type Headers as PlatformHeaders } from "../base/index.js";

/** The names that HTTP allows. */
const token = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Makes headers. Throws a TypeError unless a request can have them and they are the application's to set. The message names
 * the header and never repeats the value, which may be a secret; a browser's own message may repeat it. A wrong name may
 * be a secret, too.
 */
export const headersOf = (init: HeadersInit = {}): PlatformHeaders => {
  const all = new Headers();
  let name = "";
  try {
    for (const pair of (Symbol.iterator in init ? init : Object.entries(init)) as Iterable<
      [string, string]
    >) {
      name = typeof pair === "string" ? "" : pair[0];
      // One at a time, so that the one at fault is known.
      for (const [key, value] of new Headers([pair])) all.append(key, value);
    }
  } catch {
    mustBe(token.test(name) ? `headers.${name}` : "headers", "what HTTP allows: no line ends, for example");
  }
  if (all.has("last-event-id")) mustBe("headers", "without Last-Event-ID: the option lastEventId is for it");
  return all;
};
