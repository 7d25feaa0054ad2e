import { mustBe } from "../base/index.js";

/** The absolute URL of an event stream, resolved as `new EventSource()` does. Throws a TypeError. */
export const resolve = (url: string | URL): string => {
  // Workers have no document, Node has neither.
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    const { protocol, href, username, password } = new URL(url, base);
    if (username || password) url = "…@…";
    else if (/^https?:$/.test(protocol)) return href;
  } catch {
    // A text that is no URL at all ends here, too.
  }
  return mustBe("url", `an HTTP URL without password, absolute or relative to ${base ?? "a page"}: "${url}"`);
};
