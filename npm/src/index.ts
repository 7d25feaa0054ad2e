export {
  connect,
  type DecoderOptions,
  type Decoders,
  type EventsOf,
  type InferringOptions,
} from "./connect.js";
export type {
  AnyDecoder,
  Decoded,
  Decoder,
  StandardIssue,
  StandardResult,
  StandardSchema,
} from "./decode.js";
export {
  EventSourceError,
  type EventSourceErrorCode,
  type EventSourceErrorDetails,
  type FailureCode,
} from "./errors.js";
export type {
  Attempt,
  BaseOptions,
  BufferOptions,
  ConnectOptions,
  EventOptions,
  FailedAttempt,
  ProofOfLife,
  RetryOptions,
} from "./options.js";
export { type EngineModule, type InitOptions, init } from "./start.js";
export type {
  ClosedReason,
  Connection,
  ConnectionState,
  EventOf,
  EventType,
  PauseReason,
  ServerSentEvent,
  Subscription,
  Transport,
  TypedEventSource,
} from "./types.js";
