/**
 * Keeps the processed id where the next page finds it.
 */
import { platform } from "../base/index.js";
import { encode } from "../engine/index.js";
import type { PersistOptions } from "../options/index.js";

/** The stored id of a source with `persist`. */
export interface Keeper {
  /** The stored id; `undefined` if there is none. */
  load(): Promise<string | undefined>;
  /** Keeps an id, soon. */
  keep(id: string): void;
  /** Keeps the newest id now, and every other at once. */
  close(): void;
}

/** The beginning of each stored text. A text without it is not this package's. */
const mark = "typed-eventsource 1 ";

/** How often an id is written at most, in milliseconds. */
const interval = 250;

/** How long reading may take, in milliseconds: the stream waits for it. */
const patience = 5000;

/** The longest id that is stored, in bytes: a longer one is never sent either. */
const longest = 4096;

/** @param fail - gets the failure in words, and the value that the storage threw */
export const createKeeper = (
  { storage, key }: PersistOptions,
  fail: (what: string, cause?: unknown) => void,
): Keeper => {
  let newest: string | undefined;
  // The id that was found is not written back: another page may have come further meanwhile.
  let found: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let loading: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  // A failure is told once until the storage works again: it is tried several times a second.
  let isBroken = false;

  // The storage is called before this returns: a page that is left runs nothing later.
  const write = async () => {
    platform.clearTimeout(timer);
    timer = undefined;
    if (newest === undefined) return;
    const text = mark + newest;
    newest = undefined;
    try {
      await ("setItem" in storage ? storage.setItem(key, text) : storage.set(key, text));
      isBroken = false;
    } catch (cause) {
      if (!isBroken) fail("cannot be written: processed events may come again", cause);
      isBroken = true;
    }
  };

  // This runs before the application's listeners, which may save their data: events after that come again.
  globalThis.addEventListener?.("pagehide", write, true);

  return {
    async load() {
      try {
        const late = new Promise((_, reject) => {
          loading = platform.setTimeout(() => reject(new Error(`no answer within ${patience} ms`)), patience);
        });
        const text = await Promise.race([
          "getItem" in storage ? storage.getItem(key) : storage.get(key),
          late,
        ]);
        if (text === null || text === undefined) return;
        const id = String(text).slice(mark.length);
        if (text === mark + id && id.length <= longest && !/[\0\r\n]/.test(id)) {
          found = id;
          return id;
        }
        fail("has something else under this key: it is ignored");
      } catch (cause) {
        fail("cannot be read", cause);
      } finally {
        platform.clearTimeout(loading);
      }
      return;
    },
    keep(id) {
      const isFound = id === found;
      found = undefined;
      if (isFound || encode(id).length > longest) return;
      newest = id;
      if (isClosed) write();
      else timer ??= platform.setTimeout(write, interval);
    },
    close() {
      isClosed = true;
      platform.clearTimeout(loading);
      globalThis.removeEventListener?.("pagehide", write, true);
      write();
    },
  };
};
