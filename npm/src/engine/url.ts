/** The URL with a query parameter set; what else is in its query stays as it was written. */
export const withParameter = (url: string, name: string, value: string): string => {
  const parsed = new URL(url);
  const key = `${encodeURIComponent(name)}=`;
  const others = parsed.search.slice(1).split("&");
  // Its text is left alone: it may be signed.
  const kept = others.filter((pair) => pair && !`${pair}=`.startsWith(key));
  parsed.search = [...kept, key + encodeURIComponent(value)].join("&");
  return parsed.href;
};

/** What a `Retry-After` header asks for, a number of seconds or a date, in milliseconds; NaN for nothing. */
export const retryAfterMs = (value: string | null | undefined): number => {
  const text = value ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // It begins with the day of the week. Browsers take nearly anything for a date.
  return /^(mon|tue|wed|thu|fri|sat|sun)/i.test(text) ? Date.parse(text) - Date.now() : Number.NaN;
};
