/** The server of the page, beside its streams. */

/**
 * Where everything but the streams is asked for. The six streams take all connections that a browser opens to
 * one origin over HTTP/1.1, so the server listens on a second port: a second origin.
 */
let controls = location.origin;

/** Learns where the controls are; at the page's own origin, if the server has no word on it. */
export async function findControls(): Promise<void> {
  const response = await fetch("/demo.json").catch(() => undefined);
  if (!response?.ok) return;
  const { controlPort } = (await response.json()) as { controlPort: number | null };
  if (controlPort !== null) controls = `${location.protocol}//${location.hostname}:${controlPort}`;
}

/** The address of something at the controls' origin. */
export const controlUrl = (path: string): string => controls + path;

/** Asks for JSON. */
export const get = <T>(path: string): Promise<T> => ask<T>(path, {});

/** Posts JSON and reads the answer, if there is one. */
export const post = <T = void>(path: string, content?: object): Promise<T> =>
  ask<T>(path, {
    method: "POST",
    ...(content && { headers: { "content-type": "application/json" }, body: JSON.stringify(content) }),
  });

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(controlUrl(path), init).catch(() => {
    throw new Error("the server was not reached, is it running?");
  });
  // The server's refusals are sentences for people.
  if (!response.ok) throw new Error((await response.text()).trim() || `status ${response.status}`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}
