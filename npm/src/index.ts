export type {
  ClosedReason,
  ConnectionState,
  Cursor,
  EventOf,
  EventType,
  Gap,
  PauseReason,
  ServerSentEvent,
  Stats,
  Transport,
} from "./base/index.js";
export {
  EventSourceError,
  type EventSourceErrorCode,
  type EventSourceErrorDetails,
  type FailureCode,
} from "./base/index.js";
export {
  type Attempt,
  type EngineModule,
  type FailedAttempt,
  type InitOptions,
  init,
} from "./engine/index.js";
export type {
  AnyDecoder,
  BaseOptions,
  BufferOptions,
  ConnectOptions,
  Decoded,
  Decoder,
  EventOptions,
  PersistOptions,
  PersistStorage,
  ProofOfLife,
  RetryOptions,
  StandardIssue,
  StandardResult,
  StandardSchema,
  UndecodedEvent,
} from "./options/index.js";
export type {
  AnyEventSource,
  Connection,
  EventSourceUrl,
  EventStream,
  StateOptions,
  SubscribeOptions,
  Subscription,
  TypedEventSource,
} from "./source/index.js";
export {
  connect,
  type DecoderOptions,
  type Decoders,
  type EventsOf,
  type InferringOptions,
} from "./source/index.js";
