/** The seam to the engine: it connects, waits, resumes and gives up; this side routes and decodes. */

import type { Send } from "./engine/request.js";
import type { Settings } from "./options.js";
import type { Route } from "./router.js";
import type { ConnectionState } from "./types.js";

/** What the engine calls. Each may call the engine in turn. */
export interface EngineHost {
  readonly deliver: Route;
  /** Runs a delivery, be it of many events, as one. */
  together(delivery: () => void): void;
  /** The state changed. `closed` comes last; whoever gets it has to close the engine. */
  changed(state: ConnectionState): void;
}

/** One event source. */
export interface Engine {
  /** Makes the first attempt. */
  start(): void;
  /** Over the browser's EventSource, only event types that are wanted arrive. */
  listen(type: string, wanted: boolean): void;
  reconnect(): void;
  /** Lets go of everything. The host is not called any more, and nothing else must be. */
  close(): void;
}

/** Makes an engine that has not started yet. `send` makes the requests where they are of the application's own. */
export type CreateEngine = (host: EngineHost, url: string, settings: Settings, send?: Send) => Engine;

/** Gives what makes engines, once the wasm runs. */
export type Start = () => Promise<CreateEngine>;
