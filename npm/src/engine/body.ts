/** Bodies of responses. A `fetch` of the application's own may give anything in the place of a stream. */

/** Whether a body can be read, or is `null`. */
export const isReadable = (body: unknown): boolean =>
  body === null || typeof (body as Partial<ReadableStream> | undefined)?.getReader === "function";

/** The bytes of a chunk, which may be any view of them; `undefined` for the end. */
export const bytesOf = (chunk: unknown): Uint8Array | undefined => {
  if (chunk === undefined || chunk instanceof Uint8Array) return chunk;
  // Told by its tag: an `ArrayBuffer` of another frame is one, too.
  if (Object.prototype.toString.call(chunk) === "[object ArrayBuffer]")
    return new Uint8Array(chunk as ArrayBuffer);
  if (!ArrayBuffer.isView(chunk)) throw new TypeError("the body gave a chunk that is no bytes");
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
};

/** Cancels a body, or its reader. */
export const cancel = (body: { cancel?(): Promise<void> } | null | undefined): void => {
  try {
    body?.cancel?.()?.catch?.(() => {});
  } catch {
    // Nobody reads it any more.
  }
};
