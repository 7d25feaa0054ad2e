export {
  connect,
  type DecoderOptions,
  type Decoders,
  type EventsOf,
  type InferringOptions,
} from "./connect.js";
export type {
  AnyEventSource,
  Connection,
  EventStream,
  StateOptions,
  SubscribeOptions,
  Subscription,
  TypedEventSource,
} from "./types.js";
export type { EventSourceUrl } from "./url.js";
