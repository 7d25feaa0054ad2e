/** Bodies of responses. A `fetch` of the application's own may give anything in the place of a stream. */

/** Whether it can be read, or is none. */
export const isReadable = (body: unknown): boolean =>
  body === null || typeof (body as Partial<ReadableStream> | undefined)?.getReader === "function";

/** The bytes of a chunk, whatever view of them it is; `undefined` for the end. */
export const bytesOf = (chunk: unknown): Uint8Array | undefined => {
  if (chunk === undefined || chunk instanceof Uint8Array) return chunk;
  // By its tag: another frame's is one, too.
  if (Object.prototype.toString.call(chunk) === "[object ArrayBuffer]")
    return new Uint8Array(chunk as ArrayBuffer);
  if (!ArrayBuffer.isView(chunk)) throw new TypeError("the body gave a chunk that is no bytes");
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
};

/** Lets go of a body, or of what reads it. */
export const cancel = (body: { cancel?(): Promise<void> } | null | undefined): void => {
  try {
    body?.cancel?.()?.catch?.(() => {});
  } catch {
    // Nobody reads it any more.
  }
};
