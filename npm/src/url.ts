import { mustBe } from "./rules.js";

/** The absolute URL of an event stream, resolved as `new EventSource()` does. Throws a TypeError. */
export const resolve = (url: string | URL): string => {
  // Workers have no document, Node has neither.
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    return new URL(url, base).href;
  } catch {
    return mustBe("url", `a URL, absolute or relative to ${base ?? "a page"}: "${url}"`);
  }
};
