/** What comes over fetch. */
import type { Headers, Response } from "../base/index.js";
import { idOf, reusedIdOf } from "./batch.js";
import {
  CONTENT_TYPE,
  GAP,
  HAS_ID,
  HAS_REUSED,
  HAS_TOO_LARGE,
  IS_BEHIND,
  STATUS,
  TOO_LARGE,
} from "./codes.js";
import type { Fail } from "./failures.js";
import type { Handle } from "./handle.js";
import type { Link } from "./link.js";
import { isEventStream } from "./mime.js";
import { decode } from "./module.js";
import type { EngineHost } from "./seam.js";
import type { EngineSettings } from "./settings.js";

/**
 * How many bytes are worked on at once: few at first, so that the first events are there soon, then more, as many as stay
 * in the processor's cache.
 */
const FIRST_PIECE = 8 * 1024;
const LARGEST_PIECE = 128 * 1024;

/** The id from which a response says that it goes on; `undefined` if it does not say. */
const gotOf = (headers: Headers, names: readonly string[]) => {
  const name = names.find((name) => headers.has(name));
  // A header's value is a byte string: one character for each byte.
  const bytes = name && Uint8Array.from(headers.get(name) as string, (char) => char.charCodeAt(0));
  return bytes && decode(bytes);
};

/**
 * @param opened - takes note that the stream is open
 * @param reconnect - drops the connection for another one
 * @param refusing - takes note that the answer has come, although it is no stream
 */
export const createFetchHandler = (
  host: EngineHost,
  { gapHeader }: EngineSettings,
  handle: Handle,
  link: Link,
  opened: () => void,
  fail: Fail,
  reconnect: () => void,
  refusing: () => void,
  // Another engine may have counted before.
  before = host.stats.replays,
) => {
  let pieceSize = 0;

  const piece = (bytes: Uint8Array, isPart: boolean) => {
    const { signal, id: idBefore, origin, asked } = link;
    const { found, replays, ...events } = handle.feed(bytes);
    const { names } = events.wanted;
    if (found & HAS_ID) {
      link.id = idOf(names);
      link.hasId = true;
    }
    if (replays) host.stats.replays = before + replays;
    // Before the event that it is about.
    if (found & HAS_REUSED) {
      host.stats.reused++;
      host.reused?.(reusedIdOf(names));
    }
    host.batch({
      ...events,
      isPart,
      origin,
      idBefore,
      lastEventId: found & IS_BEHIND ? undefined : link.id,
      resumedFrom: asked,
    });
    // A handler may have asked for another connection, which must not suffer for this one.
    if (found & HAS_TOO_LARGE && !signal.aborted && !link.isReplaced) fail(TOO_LARGE);
  };

  return {
    /** Gets the response, and says whether it is an event stream. */
    answered({ status, headers, url }: Response): boolean {
      // [spec] Otherwise, if res's status is not 200, or if res's `Content-Type` is not `text/event-stream`, then
      // fail the connection.
      if (status !== 200 || !isEventStream(headers)) {
        // The response came in time; its body may take longer.
        refusing();
        return false;
      }
      link.answer = { httpStatus: status, headers };
      pieceSize = host.isApart ? Number.POSITIVE_INFINITY : FIRST_PIECE;
      // A response that a service worker made has no URL.
      if (url) link.origin = new URL(url).origin;
      const { signal } = link;
      opened();
      // A handler of the state `open` may have dropped the connection.
      const got = signal.aborted ? undefined : gotOf(headers, gapHeader);
      if (link.asked && got !== undefined && got !== link.asked) {
        handle.tell(GAP);
        host.gap?.(link.asked, got);
      }
      return true;
    },

    /** Gets a response that is no event stream, and the beginning of its body. */
    refused({ status, headers }: Response, bodyText: string) {
      const details = { status, headers, bodyText };
      const doubt = link.asked && [400, 431].includes(status) ? ", maybe due to the last event ID" : "";
      if (status === 200) fail(CONTENT_TYPE, ` ${headers.get("content-type")}`, details);
      else fail(STATUS, ` ${status}${doubt}`, details);
    },

    chunk(bytes: Uint8Array) {
      const { signal } = link;
      let at = 0;
      link.isReading = true;
      do {
        const end = at + pieceSize;
        if (pieceSize < LARGEST_PIECE) pieceSize *= 4;
        const isPart = end < bytes.length;
        piece(at || isPart ? bytes.subarray(at, end) : bytes, isPart);
        at = end;
      } while (at < bytes.length && !signal.aborted);
      link.isReading = false;
      const { isReplaced } = link;
      link.isReplaced = false;
      if (isReplaced && !signal.aborted) reconnect();
    },
  };
};
