import { EventSourceError, type EventSourceErrorDetails, type FailureCode } from "../base/index.js";

/** Each failure in words, in the order of the numbers that cross to the wasm module. */
const words: { readonly [code in FailureCode]: string } = {
  network: "the connection failed",
  timeout: "no response within connectTimeoutMs",
  "end-of-stream": "the server ended the stream",
  status: "the server answered with status",
  "content-type": "expected text/event-stream, got",
  "too-large": "an event exceeds eventLimit",
  idle: "nothing came for idleMs",
  offline: "the browser was offline",
  wake: "the page woke up, and the stream may be dead",
  asked: "reconnect() was called",
  refused: "EventSource gave up and hides why; fetch shows it",
  truncated: "the server ended the stream before until matched: what came is incomplete, ask again",
};

/** What the numbers of `npm/engine/src/codes.rs` stand for; 0 is none. */
export const causes = ["", ...Object.keys(words)] as readonly (FailureCode | "")[];

/** The error of a failed connection. `detail` is the end of its sentence. */
export const failure = (
  code: FailureCode,
  detail = "",
  details?: EventSourceErrorDetails,
): EventSourceError => new EventSourceError(code, words[code] + detail, details);
