import type { EventSourceError } from "./errors.js";

/** How the stream is read: by the browser's own EventSource, or by fetch and this package's parser. */
export type Transport = "eventsource" | "fetch";

/**
 * Why a source is closed for good.
 *
 * - `closed`: by `close()`, or at the end of a `using` block
 * - `aborted`: by the `signal`
 * - `no-content`: the server answered 204, its way to end the stream
 * - `ended`: `until` matched, or the stream of a request that is no GET was over
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
 * Why nothing is tried.
 *
 * - `offline`: an attempt has failed, and the browser says that it is offline. The next attempt is made when it is online,
 *   or after the longest wait, since browsers are wrong about isolated networks. `reconnect()` tries at once
 * - `hidden`: the page is, and `hidden` is `"pause"`; or it is in the back/forward cache
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
      /** How long is waited before it, in milliseconds; `null` while the browser reconnects by itself. */
      readonly waitMs: number | null;
      /** Why the connection was lost. */
      readonly cause: EventSourceError;
    }
  | {
      /** Nothing is tried for now. */
      readonly status: "paused";
      /** Why. */
      readonly why: PauseReason;
    }
  | {
      /** It is over. No event follows, and no other state. */
      readonly status: "closed";
      /** Why. */
      readonly reason: ClosedReason;
      /** What failed, where something did. */
      readonly cause?: EventSourceError;
    };

/** The server could not go on where it was asked to: events are missing. */
export interface Gap {
  /** The last event ID that the connection asked to resume from. */
  readonly asked: string;
  /** The id that the server goes on from; `""` if it does not say. */
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
   * These hold it back: an event whose handler threw or rejected, until 1,024 later events have come; then an error
   * `skipped` tells it. An event whose handler is never done, until 65,536 have. An event in the midst of which a reader
   * left its loop, and events that waited for that reader, until 1,024 have. An event that some handlers did not get
   * because the source was closed is never processed.
   */
  readonly processed: string;
}

/** What a source counts. */
export interface Stats {
  /** Connections that were tried. */
  readonly attempts: number;
  /** Connections that became a stream, those included that the browser made by itself. */
  readonly opened: number;
  /** Events that came, heartbeats included, replays not. */
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
   * - `"worker"`: in a worker, by WebAssembly. Only with the option `worker`, from when the worker runs: with it, another
   *   value says that it does not run yet, or that the page must do without
   */
  readonly engine: "page" | "page-js" | "worker";
}
