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
  PersistOptions,
  PersistStorage,
  ProofOfLife,
  RetryOptions,
  UndecodedEvent,
} from "./options.js";
export { type EngineModule, type InitOptions, init } from "./start.js";
export type {
  ClosedReason,
  Connection,
  ConnectionState,
  Cursor,
  EventOf,
  EventStream,
  EventType,
  Gap,
  PauseReason,
  ServerSentEvent,
  Stats,
  SubscribeOptions,
  Subscription,
  Transport,
  TypedEventSource,
} from "./types.js";
