import type { AbortSignal, Headers } from "../base/index.js";

/** The connection in use, and the ids that the next one begins with. */
export interface Link {
  /** Aborted when the connection is let go of, after which nothing of it is heard. */
  signal: AbortSignal;
  /** The id that it resumes from: the one that was sent, then the one that the browser sent by itself. */
  asked: string;
  /** The last event ID. */
  id: string;
  /** Whether the connection has set the last event ID, maybe to the empty one. */
  hasId: boolean;
  /** The origin of the final URL, if it is known. */
  origin: string;
  /** Whether a chunk is being worked on. */
  isReading: boolean;
  /** Whether a handler has asked for another connection meanwhile: the rest of the chunk comes first. */
  isReplaced: boolean;
  /** Texts and headers of the response: they do not go through the module. */
  answer: { httpStatus: number; headers: Headers } | undefined;
}
