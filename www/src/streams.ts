/** The common part of the page's streams. */

/** Two pages at once do not break each other's streams: their lines have other names. */
const visit = Math.random().toString(36).slice(2, 10);

/** The name under which the server finds the streams of a panel when it is to break them. */
export const lineOf = (panel: string): string => `${panel}-${visit}`;

/**
 * With these a stream that stays open but falls silent is noticed after five seconds: the server, which
 * `streamUrl` asks for a heartbeat after 1.5 s without an event, must be gone.
 */
export const watchful = { idleMs: 5_000, heartbeatEvent: "heartbeat" } as const;

/** The address of a stream that beats and is resumed within a second or two. */
export function streamUrl(
  path: string,
  panel: string,
  parameters: Record<string, string | number> = {},
): string {
  const url = new URL(path, location.href);
  const all = { ...parameters, line: lineOf(panel), retryMs: 1_000, heartbeatMs: 1_500 };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, String(value));
  return url.href;
}

/** A number from the page's own address, such as `?jobSeconds=3`. */
export function setting(name: string, byDefault: number): number {
  const value = Number(new URLSearchParams(location.search).get(name));
  return value > 0 ? value : byDefault;
}
