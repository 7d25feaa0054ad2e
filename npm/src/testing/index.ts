/**
 * A server of event streams for the tests of an application: in memory, with faults, and with a clock of its own.
 */

export { streamHandler } from "./handler.js";
export { mockStream } from "./mock.js";
export type {
  GeneratedEvents,
  ScriptAttempt,
  ScriptBytes,
  ScriptStep,
  StreamScript,
} from "./script.js";
export { serveStream } from "./serve.js";
export type {
  Answering,
  Clock,
  HandledStream,
  MockConnection,
  MockOptions,
  MockRequest,
  MockStream,
  Refusal,
  RequestOptions,
  SendOptions,
  ServedStream,
  StreamServer,
} from "./types.js";
