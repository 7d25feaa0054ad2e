/** The seam to the engine: it connects, waits, resumes and gives up; this side routes and decodes. */

import type { BufferSource, ConnectionState, Stats } from "../base/index.js";
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

/** The events of a chunk, or of a part of it: plain data, so that they can cross from a worker. */
export interface Batch {
  /** The events that somebody wants. */
  readonly wanted: Section<string>;
  /**
   * The other events behind the first of those. They are decoded only if somebody comes to want them during the delivery.
   * `undefined` if nobody can.
   */
  readonly others: Section<Uint8Array> | undefined;
  /** How many events there are in all. */
  readonly count: number;
  /** Whether the next batch goes on with the same chunk. */
  readonly isPart: boolean;
  readonly origin: string;
  /** The last event ID before these events. The first of them may still have it. */
  readonly idBefore: string;
  /** The last event ID after these events; `undefined` behind a replay. */
  readonly lastEventId: string | undefined;
  /** The last event ID that their connection was resumed from; `""` if it began anew. */
  readonly resumedFrom: string;
}

/** The functions that the engine calls. Each of them may call the engine. */
export interface EngineHost {
  /** The engine's counts, and the place where the engine runs. */
  readonly stats: { -readonly [name in Exclude<keyof Stats, "engine">]: number } & {
    engine?: Stats["engine"];
  };
  /** Whether handlers run elsewhere: what they do cannot matter for the chunk that is being worked on. */
  readonly isApart?: boolean;
  /** The events of a chunk, or of a part of it; there may be none. */
  batch(batch: Batch): void;
  /** An event of the browser's EventSource, if that may be the transport. */
  event?(type: string, data: string, lastEventId: string, origin: string, resumedFrom: string): void;
  /** Delivers events of the browser's EventSource as those of one chunk. */
  together?(deliver: () => void): void;
  /** The response says that the stream does not go on after the id that was asked for. */
  gap?(asked: string, got: string): void;
  /** A known id has come again with other content, right after a resume. Told once for each connection. */
  reused?(lastEventId: string): void;
  /** Gives the promise that the next bytes have to wait for before they are read. */
  hold?(): Promise<void> | undefined;
  /** Asks the application, in place of `retry.shouldRetry`, if the answer takes a while. */
  shouldRetry?(failed: FailedAttempt): Promise<boolean | undefined>;
  /** The state changed. `closed` comes last; the host then has to close the engine. */
  changed(state: ConnectionState): void;
}

/** One event source. */
export interface Engine {
  /** Makes the first attempt. */
  start(): void;
  /** Only event types that are wanted need to arrive; `""` stands for all, which the browser's EventSource cannot give. */
  listen(type: string, wanted: boolean): void;
  reconnect(): void;
  /** Ends everything. The host is not called any more, and the engine must not be called any more. */
  close(): void;
}

/** Makes an engine that has not started yet. `send` makes the requests if the application has a part in them, or if the
 * first one has been made already. */
export type CreateEngine = (host: EngineHost, url: string, settings: EngineSettings, send?: Send) => Engine;

/** A `WebAssembly.Module`, of which the platform's types say nothing but that it is an object. */
export type WasmModule = object;

/** The engine's wasm: its bytes, or compiled. */
export type Wasm = BufferSource | WasmModule;

/** The engine as JavaScript: gives an instance. */
export type Script = () => object;

/** Gives the function that makes engines, once the module runs. */
export type Start = () => Promise<CreateEngine>;
