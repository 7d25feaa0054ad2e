/** Bodies of responses. A `fetch` of the application's own may give anything in the place of a stream. */

/** Whether it can be read, or is none. */
export const isReadable = (body: unknown): boolean =>
  body === null || typeof (body as Partial<ReadableStream> | undefined)?.getReader === "function";

/** Lets go of a body, or of what reads it. */
export const cancel = (body: { cancel?(): Promise<void> } | null | undefined): void => {
  try {
    body?.cancel?.()?.catch?.(() => {});
  } catch {
    // Nobody reads it any more.
  }
};
