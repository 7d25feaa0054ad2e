/** What the page and the worker say to each other: plain data. A message is a list of calls. */

import type { ConnectionState, EventSourceErrorCode, Stats } from "../base/index.js";
import type { Address, Attempt, Batch, EngineSettings, FailedAttempt } from "../engine/index.js";

/** An EventSourceError. */
export interface PlainError {
  /** The same for the same error. */
  readonly number: number;
  readonly code: EventSourceErrorCode;
  readonly message: string;
  readonly details: object;
  readonly headers: [name: string, value: string][] | undefined;
  /** The number of the question whose answer was that the page threw the cause. */
  readonly thrown: number | undefined;
}

/** A value whose error is plain data. */
export type Plain<T extends { readonly cause?: unknown }> = Omit<T, "cause"> & {
  readonly cause: PlainError | undefined;
};

/** A state. */
export type PlainState = Plain<{ readonly cause?: unknown }> & {
  readonly status: ConnectionState["status"];
  readonly headers: [name: string, value: string][] | undefined;
};

/** A body of any kind, as bytes. */
export interface PlainBody {
  readonly bytes: ArrayBuffer;
  /** Its content type, if it has one. */
  readonly type: string | null;
}

/** The settings that cross in another form, or not at all: a `fetch` of the application's own stays in the page. */
type Remade =
  | "headers"
  | "refresh"
  | "url"
  | "body"
  | "fetch"
  | "retry"
  | "eventTypes"
  | "gapHeader"
  | "delivery";

/** The settings that cross as they are. */
export type CopiedSettings = Omit<EngineSettings, Remade>;

/** The settings as plain data. */
export interface PlainSettings
  extends CopiedSettings,
    Pick<EngineSettings, "eventTypes" | "gapHeader" | "delivery"> {
  readonly retry: Omit<EngineSettings["retry"], "shouldRetry">;
  /** `true`: the page is asked for them. */
  readonly headers: [name: string, value: string][] | boolean;
  /** The number of the function, which sources may share. */
  readonly refresh: number | undefined;
  /** Whether the page is asked. */
  readonly shouldRetry: boolean;
  /** Whether the page is asked. */
  readonly url: boolean;
  /** `true`: the page is asked for it. */
  readonly body: PlainBody | true | undefined;
}

/** What only the page can answer. */
export interface Questions {
  url: [attempt: Plain<Attempt>, answer: Address];
  headers: [attempt: Plain<Attempt>, answer: [name: string, value: string][]];
  body: [attempt: Plain<Attempt>, answer: PlainBody | undefined];
  shouldRetry: [failed: Plain<FailedAttempt>, answer: boolean | undefined];
}

/** The last event IDs of a batch. */
export type Ids = Pick<Batch, "idBefore" | "lastEventId" | "resumedFrom">;

/** A batch whose last event IDs cross only where they are others than those of the batch before: an id may be long. */
export type PlainBatch = Omit<Batch, keyof Ids> & { readonly ids: Ids | undefined };

/** What befalls the page, as its watcher tells. */
export type PageEvent = [what: number, cached?: boolean | undefined];

/** The calls of the page. */
export interface ToWorker {
  create(url: string, settings: PlainSettings, types: readonly string[], page: readonly PageEvent[]): void;
  listen(type: string, wanted: boolean): void;
  reconnect(): void;
  close(): void;
  page(...event: PageEvent): void;
  /** The page is done with the oldest batch that asked for this. */
  taken(): void;
  answer(question: number, value: unknown): void;
  /** The page threw instead of an answer. */
  threw(question: number, message: string): void;
  /** Of no source. */
  refreshed(refresh: number, well: boolean): void;
  /** Of no source: the worker shall say that it lives. */
  ping(): void;
}

/** The calls of the worker. */
export interface ToPage {
  stat(name: keyof Stats, value: number): void;
  /** With `ask`, the page says `taken` when it is done with the batch. */
  batch(batch: PlainBatch, ask: boolean): void;
  event(type: string, data: string, lastEventId: string, origin: string, resumedFrom: string): void;
  gap(asked: string, got: string): void;
  reused(lastEventId: string): void;
  changed(state: PlainState): void;
  ask<K extends keyof Questions>(question: number, what: K, about: Questions[K][0]): void;
  /** Of no source. */
  refresh(refresh: number): void;
  /** Of no source. */
  alive(): void;
}

/** A call of one source, or of none, which is 0. */
export type Call<T extends { [K in keyof T]: (...values: never) => void }> = {
  [K in keyof T]: [source: number, name: K, ...values: Parameters<T[K]>];
}[keyof T];

/** The worker's answer to the page's first message, which is the wasm. */
export type Started = { readonly error?: unknown };
