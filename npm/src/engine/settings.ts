import type { BodyInit, EventSourceError, HeadersInit, RequestInit, Response } from "../base/index.js";

/** A failed attempt: `retry.shouldRetry` decides whether another one follows. */
export interface FailedAttempt {
  /** The number of the attempt that failed, or that had made the stream that was lost. */
  readonly attempt: number;
  /** Whether it would be retried without `shouldRetry`. */
  readonly retryable: boolean;
  /** Why it failed. */
  readonly cause: EventSourceError;
}

/** The attempt for which a URL, `headers` and a `body` are asked. */
export interface Attempt {
  /** Its number: 1 for the first, counting up until a stream has been stable. */
  readonly attempt: number;
  /** The last event ID that it resumes from; `""` if it begins anew. */
  readonly lastEventId: string;
  /** Why another one is made; `undefined` for the first. */
  readonly cause: EventSourceError | undefined;
}

/** What an attempt sends, and its content type where that does not show. */
export type Content = readonly [body: BodyInit | undefined, type?: string | null | undefined];

/** Where an attempt goes, in full, or why it cannot. */
export type Address = readonly [url: string, wrong?: string | undefined];

/** The options of a source as the engine knows them: checked, with every default. */
export interface EngineSettings {
  readonly transport: "auto" | "eventsource" | "fetch";
  readonly withCredentials: boolean;
  readonly headers: HeadersInit | ((attempt: Attempt) => HeadersInit | Promise<HeadersInit>) | undefined;
  readonly method: string;
  readonly body: BodyInit | ((attempt: Attempt) => Content | Promise<Content>) | undefined;
  /** Asked for the URL of each attempt, where they do not all go to the same. */
  readonly url: ((attempt: Attempt) => Promise<Address>) | undefined;
  readonly mode: "cors" | "same-origin" | undefined;
  readonly redirect: "follow" | "error" | undefined;
  readonly refresh: (() => Promise<unknown>) | undefined;
  readonly fetch: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Whether the application has a part in the requests: headers, a method, a body, a `fetch` or a `refresh`. */
  readonly ownRequest: boolean;
  /** Whether the options ask for something that the browser's EventSource cannot do. */
  readonly onlyFetch: boolean;
  readonly eventTypes: readonly string[];
  readonly retry: {
    readonly initialMs: number;
    readonly maxMs: number;
    readonly factor: number;
    readonly maxAttempts: number;
    readonly stableMs: number;
    readonly shouldRetry?: ((failed: FailedAttempt) => boolean) | undefined;
  };
  /** Whether `retry` was given at all. */
  readonly ownRetry: boolean;
  readonly connectTimeoutMs: number;
  readonly idleMs: number;
  /** `""` is none. */
  readonly heartbeatEvent: string;
  /** `undefined`: nothing that befalls the page matters. */
  readonly hidden: "keep" | "pause" | undefined;
  readonly offline: "wait" | "ignore";
  readonly lastEventId: string;
  readonly lastEventIdParam: string | false;
  readonly eventLimit: number;
  /** `undefined`: over fetch only. */
  readonly dropReplays: boolean | undefined;
  /** `""` is none. */
  readonly gapEvent: string;
  /** Names of headers. The first one that a response has decides. */
  readonly gapHeader: readonly string[];
  readonly delivery: "auto" | "immediate" | "frame" | { readonly everyMs: number };
  /** Whether the next bytes may be read only when the client is done with those before them. */
  readonly exact: boolean;
  /** What kind of request: a GET, or another one that may be repeated or not. */
  readonly request: "get" | "idempotent" | "once";
  /** Whether a GET takes its place once there is a last event ID. */
  readonly resume: "get" | undefined;
  /** Whether an event ends the stream. */
  readonly hasUntil: boolean;
}
