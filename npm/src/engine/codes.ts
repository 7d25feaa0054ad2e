/** The numbers of what crosses to the wasm module; the same stand in `npm/engine/src/codes.rs`. */
import type { ClosedReason, PauseReason, Transport } from "../base/index.js";

/** The answers of `poll`; 0 is nothing. */
export const OPEN = 1;
export const RELEASE = 2;

/** The events that `tell` takes. */
export const START = 0;
export const TIMEOUT = 1;
export const RECONNECT = 2;
export const OPENED = 3;
export const INTERRUPTED = 4;
export const IDENTIFIED = 5;
export const FAILED = 6;
export const RECEIVED = 7;
export const OFFLINE = 8;
export const ONLINE = 9;
export const HIDDEN = 10;
export const VISIBLE = 11;
export const WAKE = 12;
export const GAP = 13;
/** Not told as such: a wake of a page that was busy, not asleep. */
export const HELD_UP = 14;

/** The bits of the answer of `feed`. */
export const HAS_TOO_LARGE = 1;
export const IS_BEHIND = 2;
export const HAS_ID = 4;
export const HAS_REUSED = 8;

/** The answers of `replayed`; 0 is new. */
export const REPLAY = 1;
export const REUSED = 2;

/** The ways to resume; 0 is none. */
export const BY_HEADER = 1;
export const BY_QUERY = 2;
export const BY_GET = 3;

/** The failures that are reported. */
export const NETWORK = 1;
export const END_OF_STREAM = 3;
export const STATUS = 4;
export const CONTENT_TYPE = 5;
export const TOO_LARGE = 6;
export const REFUSED = 11;

/** The application has no word on a failure; 0 and 1 are its no and yes. */
export const NO_VERDICT = 2;

/** The codes of states. */
export const IS_OPEN = 1;
export const RECONNECTING = 2;

export const transports: readonly Transport[] = ["eventsource", "fetch"];

export const pauses: readonly PauseReason[] = ["offline", "hidden"];

export const reasons: readonly ClosedReason[] = [
  "closed",
  "no-content",
  "ended",
  "fatal",
  "refused",
  "attempts-exhausted",
];

/** Which of them the module gives where the server has ended its response. */
export const ENDED = 2;

/** The bits of a source's flags, in the order of `codes.rs`. */
export const flags = (
  ...bits: readonly [
    onlyEventSource: boolean,
    onlyFetch: boolean,
    noEventSource: boolean,
    crossOrigin: boolean,
    ownRetry: boolean,
    lastEventIdParam: boolean,
    idempotent: boolean,
    once: boolean,
    keepReplays: boolean,
    resumeByGet: boolean,
    until: boolean,
  ]
): number => bits.reduce((all, bit, place) => all | (Number(bit) << place), 0);
