/** Scripts of streams: the format of the test server's `/scenarios`. */

/** Bytes: a text that is sent as UTF-8, base64, or made of others. */
export type ScriptBytes =
  | string
  | { readonly base64: string }
  | { readonly repeat: ScriptBytes; readonly times: number }
  | { readonly join: readonly ScriptBytes[] };

/**
 * Events with ids and the JSON data `{"n": id, "pad": "…"}`, from the one after the last event ID of the request up to `to`.
 */
export interface GeneratedEvents {
  /** The id of the last one. */
  readonly to: number;
  /** How many at most; default all. */
  readonly atMost?: number | undefined;
  /** Their event type; default none, which is `message`. */
  readonly type?: string | undefined;
  /** Together with its id it decides what an event's `pad` is; default 0. */
  readonly seed?: number | undefined;
  /** The length of the data, if that is longer than an empty `pad` makes it; default 0. */
  readonly bytes?: number | undefined;
  /** The reconnection time that comes with the first event; default none. */
  readonly retry?: number | undefined;
  /** How lines end; default `"lf"`. */
  readonly lineEnd?: "lf" | "cr" | "crlf" | undefined;
  /** How many bytes of the event after those follow at the end; default 0. */
  readonly partBytes?: number | undefined;
  /** How many events make one write; default 1. */
  readonly perWrite?: number | undefined;
  /** The milliseconds between two writes; default 0. */
  readonly everyMs?: number | undefined;
}

/**
 * A step: one write, a wait by the clock, a wait until somebody calls `release()`, or generated events.
 */
export type ScriptStep =
  | { readonly send: ScriptBytes }
  | { readonly waitMs: number }
  | "waitForRelease"
  | { readonly events: GeneratedEvents };

/** The answer to one request. */
export interface ScriptAttempt {
  /** Default 200. */
  readonly status?: number | undefined;
  /** What is different about an event stream's headers; `null` removes one. */
  readonly headers?: { readonly [name: string]: string | null } | undefined;
  /** `false` takes the request and stays silent; default `true`. */
  readonly respond?: boolean | undefined;
  readonly steps?: readonly ScriptStep[] | undefined;
  /**
   * `"close"`, the default, ends the body cleanly, `"abort"` breaks the connection, `"hold"` leaves it open until the client
   * leaves.
   */
  readonly end?: "close" | "abort" | "hold" | undefined;
}

/** The answers to requests, in order. */
export interface StreamScript {
  readonly attempts?: readonly ScriptAttempt[] | undefined;
  /** The answer when the attempts are used up: `"no-content"`, the default, is 204. */
  readonly afterwards?: "no-content" | "repeat-last" | undefined;
  /** The query parameter that carries a last event ID; default `"lastEventId"`. */
  readonly lastEventIdParam?: string | undefined;
}
