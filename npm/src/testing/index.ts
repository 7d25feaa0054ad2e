/**
 * A server of event streams for the tests of an application: in memory, with faults, and with a clock of its own.
 */

export type { Clock } from "./clock.js";
export type { MockRequest } from "./exchange.js";
export {
  type Answering,
  type MockOptions,
  type MockStream,
  mockStream,
  type Refusal,
  type RequestOptions,
} from "./mock.js";
export type {
  GeneratedEvents,
  ScriptAttempt,
  ScriptBytes,
  ScriptStep,
  StreamScript,
} from "./script.js";
export type { MockConnection, SendOptions } from "./sender.js";
