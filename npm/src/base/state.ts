import type { EventSourceError } from "./errors.js";
import type { Headers } from "./platform.js";

/** How the stream is read: by the browser's own EventSource, or by fetch and this package's parser. */
export type Transport = "eventsource" | "fetch";

/**
 * Why a source is closed for good.
 *
 * - `closed`: by `close()`, or at the end of a `using` block
 * - `aborted`: by the `signal`
 * - `no-content`: the server answered 204, its way to end the stream
 * - `ended`: the stream came to its end; {@link EndedBy} says who ended it
 * - `fatal`: a failure that is not retried, such as status 404
 * - `refused`: the browser's EventSource gave up again and again, and hides why
 * - `attempts-exhausted`: `retry.maxAttempts` was reached
 * - `overflow`: a buffer overflowed
 * - `start-failed`: the engine did not start, neither as WebAssembly nor as JavaScript
 */
export type ClosedReason =
  | "closed"
  | "aborted"
  | "no-content"
  | "ended"
  | "fatal"
  | "refused"
  | "attempts-exhausted"
  | "overflow"
  | "start-failed";

/**
 * Who ended a stream that came to its end.
 *
 * - `until`: an event that `until` matched
 * - `response`: the server. The request is not repeated, and there was no `until` to wait for
 */
export type EndedBy = "until" | "response";

/**
 * Why no connection is attempted for now.
 *
 * - `offline`: an attempt has failed, and the browser says that it is offline. The next attempt is made when it is online,
 *   or after the longest wait, since browsers are wrong about isolated networks. `reconnect()` tries at once
 * - `hidden`: the page is hidden, and the option `hidden` is `"pause"`; or the page is in the back/forward cache
 */
export type PauseReason = "offline" | "hidden";

/** The state of a source, discriminated by `status`. Each value is immutable; every change makes a new one. */
export type ConnectionState =
  | {
      /** A connection is being established. */
      readonly status: "connecting";
      /** The number of the attempt: 1 for the first, counting up until a stream has been stable. */
      readonly attempt: number;
    }
  | {
      /** Events are coming. */
      readonly status: "open";
      /** How the stream is read. */
      readonly transport: Transport;
      /** The last event ID from which the stream was resumed; `""` if it began anew. */
      readonly resumedFrom: string;
      /** The status of the response. Only fetch shows it. */
      readonly httpStatus?: number;
      /** The headers of the response. Only fetch shows them. */
      readonly headers?: Headers;
    }
  | {
      /** The connection was lost and will be reestablished. */
      readonly status: "reconnecting";
      /** The number of the attempt that comes next. */
      readonly attempt: number;
      /** The wait before that attempt, in milliseconds; `null` while the browser reconnects by itself. */
      readonly waitMs: number | null;
      /** Why the connection was lost. */
      readonly cause: EventSourceError;
    }
  | {
      /** No connection is attempted for now. */
      readonly status: "paused";
      /** Why. */
      readonly why: PauseReason;
    }
  | {
      /** The source is closed. No event and no other state follows. */
      readonly status: "closed";
      /** The stream came to its end. */
      readonly reason: "ended";
      /** Who ended it. */
      readonly by: EndedBy;
      readonly cause?: undefined;
    }
  | {
      /** The source is closed. No event follows, and no other state, unless there is a cause and `reconnect()` opens it again. */
      readonly status: "closed";
      /** Why. */
      readonly reason: Exclude<ClosedReason, "ended">;
      readonly by?: undefined;
      /** The failure that closed the source, if there was one. */
      readonly cause?: EventSourceError;
    };

/** The server could not resume after the last event ID: events are missing. */
export interface Gap {
  /** The last event ID that the connection asked to resume from. */
  readonly asked: string;
  /** The id from which the server goes on; `""` if the server does not say. */
  readonly got: string;
}

/** How far a stream has come. */
export interface Cursor {
  /** The newest last event ID, which a new connection resumes from. */
  readonly received: string;
  /**
   * The last event ID up to which every event is processed: its handlers have returned, their promises are fulfilled, and
   * its readers have asked for the next event. A new source that begins with it as its `lastEventId` goes on from there.
   *
   * The id stays behind for a while where an event is not processed:
   * - A handler threw or rejected: until 1,024 later events have come. Then an error `skipped` tells it.
   * - A handler is never done: until 65,536 later events have come.
   * - A reader left its loop in the midst of the event, or while the event waited for it: until 1,024 later events have
   *   come.
   * - The source was closed before some handlers got the event: for ever.
   */
  readonly processed: string;
}

/** Counts of a source. */
export interface Stats {
  /** Connections that were tried. */
  readonly attempts: number;
  /** Connections that became a stream, including those that the browser made by itself. */
  readonly opened: number;
  /** Events that came, including heartbeats, without replays. */
  readonly events: number;
  /** Events that no reader of `events()` got, because they came too fast. */
  readonly dropped: number;
  /** Events left out because they came a second time. */
  readonly replays: number;
  /** Times that the server could not resume. */
  readonly gaps: number;
  /** Connections on which a known id came with other content right after a resume. */
  readonly reused: number;
  /**
   * Where the connection is kept and the stream is parsed, and by what.
   *
   * - `"page"`: in the page, by WebAssembly. Also before the engine runs
   * - `"page-js"`: in the page, by the same engine as JavaScript, because WebAssembly is missing or refused
   * - `"worker"`: in a worker, by WebAssembly. Only with the option `worker`, from when the worker runs: with that
   *   option, another value says that the worker does not run yet, or that there can be none
   */
  readonly engine: "page" | "page-js" | "worker";
}
