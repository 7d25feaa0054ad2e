import type { AbortSignal, Headers } from "../base/index.js";

/** The connection in use, and what of it the next one begins with. */
export interface Link {
  /** Aborted when the connection is let go of, after which nothing of it is heard. */
  signal: AbortSignal;
  /** The id that it resumes from: the one that was sent, then the one that the browser sent by itself. */
  asked: string;
  /** The last event ID. */
  id: string;
  /** Whether it has given an id, maybe none. */
  hasId: boolean;
  /** Of the final URL, as far as that is known. */
  origin: string;
  /** What its response says beside the stream; words and headers do not travel through the module. */
  answer: { httpStatus: number; headers: Headers } | undefined;
}
