export {
  type AnyDecoder,
  type Decode,
  type Decoded,
  type Decoder,
  json,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
} from "./decode.js";
export { type Settings, settings } from "./settings.js";
export type {
  BaseOptions,
  BufferOptions,
  ConnectOptions,
  EventOptions,
  PersistOptions,
  PersistStorage,
  ProofOfLife,
  RetryOptions,
  UndecodedEvent,
} from "./types.js";
