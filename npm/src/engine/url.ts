import { platform } from "../base/index.js";

/** The URL with a query parameter set, or without it; everything else in its query stays as it was written. */
export const withParameter = (url: string, name: string, value?: string): string => {
  const parsed = new URL(url);
  const key = `${encodeURIComponent(name)}=`;
  const isIt = (pair: string) => `${pair}=`.startsWith(key);
  const all = parsed.search.slice(1).split("&");
  // The rest of the query is not changed: it may be signed.
  const kept = all.filter((pair) => pair && !isIt(pair));
  if (value !== undefined) kept.push(key + encodeURIComponent(value));
  else if (!all.some(isIt)) return url;
  parsed.search = kept.join("&");
  return parsed.href;
};

/** The wait that a `Retry-After` header asks for, by a number of seconds or a date, in milliseconds; NaN for none. */
export const retryAfterMs = (value: string | null | undefined): number => {
  const text = value ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // A date begins with the day of the week. Browsers take nearly any text for a date.
  return /^(mon|tue|wed|thu|fri|sat|sun)/i.test(text) ? Date.parse(text) - platform.Date.now() : Number.NaN;
};
