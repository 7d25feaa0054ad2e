/** The seam to the engine: it connects, waits, resumes and gives up; this side routes and decodes. */

import type { ConnectionState, Stats } from "../base/index.js";
import type { Send } from "./request.js";
import type { EngineSettings, FailedAttempt } from "./settings.js";

/** Events that came together, to be taken apart by `engine/batch.ts`. */
export interface Section<Text> {
  readonly names: Text;
  readonly data: Text;
  readonly numbers: Uint32Array;
  /** How many bytes names and data were before they became texts. */
  readonly size?: number;
}

/** A chunk's events: plain data, so that they can cross from a worker. */
export interface Batch {
  /** Those that somebody wants. */
  readonly wanted: Section<string>;
  /**
   * The others behind the first of those: not even decoded, as long as nobody comes to want them meanwhile. `undefined` if
   * nobody can.
   */
  readonly others: Section<Uint8Array> | undefined;
  /** How many there are in all. */
  readonly count: number;
  readonly origin: string;
  /** The last event ID from before them, which the first of them may go on with. */
  readonly idBefore: string;
  /** What they leave as the last event ID; `undefined` behind a replay. */
  readonly lastEventId: string | undefined;
  /** The last event ID that their connection was resumed from; `""` if it began anew. */
  readonly resumedFrom: string;
}

/** What the engine calls. Each may call the engine in turn. */
export interface EngineHost {
  /** Where the engine counts what it sees, and one that is not the wasm in the page says so. */
  readonly stats: { -readonly [name in Exclude<keyof Stats, "engine">]: number } & {
    engine?: Stats["engine"];
  };
  /** A chunk's events, be there any or not. */
  batch(batch: Batch): void;
  /** An event of the browser's EventSource, where that may be what reads the stream. */
  event?(type: string, data: string, lastEventId: string, origin: string, resumedFrom: string): void;
  /** Delivers events of the browser's EventSource as those of one chunk. */
  together?(deliver: () => void): void;
  /** The response says that the stream does not go on where it was asked to. */
  gap?(asked: string, got: string): void;
  /** A known id has come again with other content, right after a resume. Told once for each connection. */
  reused?(lastEventId: string): void;
  /** What the next bytes have to wait for before they are read. */
  hold?(): Promise<void> | undefined;
  /** Asks the application where that takes a while, in place of `retry.shouldRetry`. */
  shouldRetry?(failed: FailedAttempt): Promise<boolean | undefined>;
  /** The state changed. `closed` comes last; whoever gets it has to close the engine. */
  changed(state: ConnectionState): void;
}

/** One event source. */
export interface Engine {
  /** Makes the first attempt. */
  start(): void;
  /** Only event types that are wanted need to arrive; `""` stands for all, which the browser's EventSource cannot give. */
  listen(type: string, wanted: boolean): void;
  reconnect(): void;
  /** Lets go of everything. The host is not called any more, and nothing else must be. */
  close(): void;
}

/** Makes an engine that has not started yet. `send` makes the requests where they are of the application's own. */
export type CreateEngine = (host: EngineHost, url: string, settings: EngineSettings, send?: Send) => Engine;

/** The engine's wasm: its bytes, or compiled. */
export type Wasm = BufferSource | WebAssembly.Module;

/** The engine as JavaScript: gives an instance. */
export type Script = () => object;

/** Gives what makes engines, once the wasm runs. */
export type Start = () => Promise<CreateEngine>;
