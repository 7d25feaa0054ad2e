import type { ServerSentEvent } from "./event.js";
import type { Headers } from "./platform.js";

/**
 * Why a connection failed or was reestablished.
 *
 * - `network`: the connection broke, or never came about
 * - `timeout`: no response within `connectTimeoutMs`
 * - `end-of-stream`: the server ended the stream, which the standard takes for a reason to reconnect
 * - `status`: an HTTP status other than 200; see {@link EventSourceError.status}
 * - `content-type`: the response is not `text/event-stream`
 * - `too-large`: an event over `eventLimit`
 * - `idle`, `offline`, `wake`: the stream was silent, the network was lost, the page woke up from a sleep
 * - `asked`: `reconnect()` was called
 * - `refused`: the browser's EventSource gave up, and hides why
 * - `truncated`: the server ended a stream that is not repeated, before `until` matched: the answer is incomplete
 */
export type FailureCode =
  | "network"
  | "timeout"
  | "end-of-stream"
  | "status"
  | "content-type"
  | "too-large"
  | "idle"
  | "offline"
  | "wake"
  | "asked"
  | "refused"
  | "truncated";

/**
 * The kind of an {@link EventSourceError}: a {@link FailureCode}, or
 *
 * - `decode`: a decoder threw or a schema found issues; see {@link EventSourceError.event} and `cause`. The first is told at
 *   once, then one a second, which says how many {@link EventSourceError.more | more} there were
 * - `async-schema`: a schema or a function answered with a promise, which would break the order of events
 * - `lagged`: a reader of `events()` was too slow; see {@link EventSourceError.dropped}
 * - `gap`: the server could not resume, and nobody has called `onGap()`
 * - `id-reused`: after a resume a known id came with other content: the server changes the events that it sends again, or
 *   it counts anew. The event is delivered; events that came before may come again
 * - `skipped`: `cursor.processed` passed over an event whose handler failed or is still not done
 * - `persist`: the storage of `persist` failed, or holds a value that is not the package's
 * - `overflow`: a buffer was full, and `buffer.overflow` is `"error"`
 * - `start-failed`: the engine did not start, neither as WebAssembly nor as JavaScript; `cause` says why. The next
 *   `connect()` tries again
 */
export type EventSourceErrorCode =
  | FailureCode
  | "decode"
  | "async-schema"
  | "lagged"
  | "gap"
  | "id-reused"
  | "skipped"
  | "persist"
  | "overflow"
  | "start-failed";

/** The details of an {@link EventSourceError}, beside its code and message. */
export interface EventSourceErrorDetails {
  /** The cause: the value that a decoder threw, the issues of a schema, or the error of a failed start. */
  readonly cause?: unknown;
  /** The HTTP status, where one was seen. */
  readonly status?: number;
  /** The headers of the response, where they were seen. */
  readonly headers?: Headers;
  /** The beginning of the response's body, at most 2 KiB, where the response was no event stream. */
  readonly bodyText?: string;
  /** The event that could not be decoded; its `data` is the raw string. */
  readonly event?: ServerSentEvent<string, string>;
  /** How many events a slow reader of `events()` lost. */
  readonly dropped?: number;
  /** How many more events could not be decoded after this one. They get no error of their own. */
  readonly more?: number;
}

/** The one error of this package, told apart by {@link EventSourceError.code | code}. */
export class EventSourceError extends Error implements EventSourceErrorDetails {
  /** What happened. */
  declare readonly code: EventSourceErrorCode;
  declare readonly cause?: unknown;
  declare readonly status?: number;
  declare readonly headers?: Headers;
  declare readonly bodyText?: string;
  declare readonly event?: ServerSentEvent<string, string>;
  declare readonly dropped?: number;
  declare readonly more?: number;

  /** Usually not called by users; public for tests of their error handling. */
  constructor(code: EventSourceErrorCode, message: string, details: EventSourceErrorDetails = {}) {
    super(message, details);
    Object.assign(this, { name: "EventSourceError", code }, details);
  }
}

/** Describes a thrown value. It never throws, whatever the value is. */
export const messageOf = (thrown: unknown): string => {
  try {
    return String((thrown as Error | undefined)?.message ?? thrown);
  } catch {
    return "a value that cannot be described";
  }
};

/** The code of a thrown value, if it is an error of this package. It never throws: a revoked proxy is an instance of nothing. */
export const codeOf = (thrown: unknown): EventSourceErrorCode | undefined => {
  try {
    return thrown instanceof EventSourceError ? thrown.code : undefined;
  } catch {
    return undefined;
  }
};
