import type { AnySchema } from "./schema.js";

/** Data that is a text as it is, and no JSON. */
export const text = Symbol("text");

/** What the data of an event is. */
export type Data = AnySchema | typeof text;

/** An event type and its data. */
export interface EventType {
  readonly name: string;
  readonly doc: string | undefined;
  readonly data: Data;
}

/** One event stream. */
export interface Stream {
  /** What its event map is called. */
  readonly name: string;
  readonly doc: string | undefined;
  readonly events: readonly EventType[];
  /** The data of events whose types nothing tells, if it has such. */
  readonly others: Data | undefined;
}

/** The streams of a server, and the types that they name. */
export interface Contract {
  readonly streams: readonly Stream[];
  readonly definitions: ReadonlyMap<string, AnySchema>;
}
