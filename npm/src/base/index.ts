export { ask } from "./ask.js";
export { disposable } from "./disposable.js";
export {
  codeOf,
  EventSourceError,
  type EventSourceErrorCode,
  type EventSourceErrorDetails,
  type FailureCode,
  messageOf,
} from "./errors.js";
export type { EventOf, EventType, ServerSentEvent } from "./event.js";
export { createFifo, type Fifo } from "./fifo.js";
export { findPlatform, platform } from "./here.js";
export { mustBe } from "./must-be.js";
export type {
  AbortSignal,
  AnyResponse,
  BodyInit,
  BufferSource,
  EventSource,
  Headers,
  HeadersInit,
  PlainSignal,
  RequestInit,
  Response,
  URL,
} from "./platform.js";
export { report } from "./report.js";
export type {
  ClosedReason,
  ConnectionState,
  Cursor,
  EndedBy,
  Gap,
  PauseReason,
  Stats,
  Transport,
} from "./state.js";
export { afterTurn } from "./turn.js";
