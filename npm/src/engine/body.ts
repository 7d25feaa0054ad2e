/** Bodies of responses. A `fetch` of the application's own may give anything in the place of a stream. */
import { type AbortSignal, platform, type Response } from "../base/index.js";

/** Whether a body can be read, or is `null`. */
export const isReadable = (body: unknown): boolean =>
  body === null || typeof (body as Partial<ReadableStream> | undefined)?.getReader === "function";

/** The bytes of a chunk, which may be any view of them; `undefined` for the end. */
export const bytesOf = (chunk: unknown): Uint8Array | undefined => {
  if (chunk === undefined || chunk instanceof Uint8Array) return chunk;
  try {
    // A `DataView` takes an `ArrayBuffer` of another frame, too, and nothing else.
    const view = ArrayBuffer.isView(chunk) ? chunk : new DataView(chunk as ArrayBuffer);
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  } catch {
    throw new TypeError("the body gave a chunk that is no bytes");
  }
};

/** Cancels a body, or its reader. */
export const cancel = (body: { cancel?(): Promise<void> } | null | undefined): void => {
  try {
    body?.cancel?.()?.catch?.(() => {});
  } catch {
    // Nobody reads it any more.
  }
};

/** Reads a body until the signal's abort. A fetch of the application's own need not look at the signal. */
export const readerOf = ({ body }: Response, signal: AbortSignal) => {
  const reader = body?.getReader();
  const letGo = () => cancel(reader);
  signal.onabort = letGo;
  return { read: () => reader?.read(), letGo };
};

/** The beginning of a body that is no event stream: at most 2 KiB, and what comes within a second. */
export const excerpt = async (response: Response, signal: AbortSignal): Promise<string> => {
  // A fetch of the application's own may have read the body.
  if (response.body?.locked || !isReadable(response.body)) return "";
  const { read, letGo } = readerOf(response, signal);
  const decoder = new platform.TextDecoder();
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = platform.setTimeout(resolve, 1000);
  });
  try {
    for (let room = 2048; room > 0; ) {
      // A reader of the application's own may go on after it was cancelled.
      const bytes = bytesOf((await Promise.race([read(), over]))?.value);
      if (!bytes) break;
      text += decoder.decode(bytes.subarray(0, room), { stream: true });
      room -= bytes.length;
    }
  } catch {
    // The part that came before the body broke off is better than nothing.
  }
  platform.clearTimeout(timer);
  letGo();
  return text;
};
