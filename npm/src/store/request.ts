import type { EventSourceUrl } from "../index.js";

const ids = new WeakMap<object, number>();
let newest = 0;

/** Tells an object by a number. */
const idOf = (value: object): number => {
  const known = ids.get(value);
  if (known) return known;
  ids.set(value, ++newest);
  return newest;
};

/** A URL in full, as `connect()` resolves it. One that is wrong stays as it is, for `connect()` to say so. */
const resolved = (url: unknown): unknown => {
  try {
    return typeof url === "function" ? url : new URL(url as string, globalThis.document?.baseURI).href;
  } catch {
    return url;
  }
};

/**
 * Describes a request, so that equal ones have equal descriptions: data by what they say, and objects that say nothing, such
 * as a signal, by their identity.
 *
 * @param isByPlace - whether functions and schemas count as equal where they stand at the same place; else they are told by
 * their identity
 */
export const describe = (url: EventSourceUrl, options: object, isByPlace: boolean): string =>
  JSON.stringify([resolved(url), options], (_, value) => {
    if (typeof value === "number") return String(value);
    if (!value || (typeof value !== "object" && typeof value !== "function")) return value;
    if (typeof value === "function" || "~standard" in value) return { is: isByPlace ? 0 : idOf(value) };
    if (Array.isArray(value)) return value;
    const kind = Object.getPrototypeOf(value);
    if (!kind || kind === Object.prototype)
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    // Headers and the like.
    return Symbol.iterator in value ? [...value] : { is: idOf(value) };
  });
