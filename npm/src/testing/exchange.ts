import { decoder } from "./host.js";
import type { ScriptAttempt } from "./script.js";
import { createSender, type MockConnection } from "./sender.js";

/** A request that came to a mock, and the connection that it made. */
export interface MockRequest<E extends object = Record<string, unknown>> extends MockConnection<E> {
  /** 1 for the first that came to this mock. */
  readonly number: number;
  readonly method: string;
  /** Where it went, in full. */
  readonly url: string;
  /** By names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** The id that it resumes from, in the header or else in the query; `""` if it begins anew. */
  readonly lastEventId: string;
  /** The body as the application gave it; `undefined` for none. */
  readonly body: unknown;
  readonly credentials: "include" | "same-origin" | "omit";
  /** What made it: fetch, or the browser's EventSource. */
  readonly transport: "fetch" | "eventsource";
  /** The clock's time when it came. */
  readonly atMs: number;
  /** How many events of `events` steps it was sent. */
  readonly sentEvents: number;
  /** Whether it was answered with a stream that neither side has ended. */
  readonly isOpen: boolean;
  /** Whether the application left before the server was done. */
  readonly clientLeft: boolean;
  /**
   * Answers a request that nobody has answered; see `stall()`.
   *
   * @example
   * ```ts
   * orders.stall();
   * const request = await orders.request();
   * request.answer({ status: 503, headers: { "retry-after": "5" } });
   * ```
   */
  answer(attempt: ScriptAttempt): Promise<void>;
}

/** What a request is made of. */
export type Asked = Pick<MockRequest, "method" | "url" | "headers" | "body" | "credentials" | "transport">;

/** What the engine reads of a response. */
export interface MockResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly redirected: boolean;
  readonly type: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: MockBody | null;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

export interface MockBody {
  readonly locked: boolean;
  getReader(): MockReader;
  cancel(): Promise<void>;
}

export interface MockReader {
  read(): Promise<{ readonly done: boolean; readonly value: Uint8Array | undefined }>;
  cancel(): Promise<void>;
  releaseLock(): void;
}

/** A request as the mock that it came to knows it. */
export interface Exchange {
  readonly request: MockRequest;
  readonly response: Promise<MockResponse>;
  /** Whether nothing more happens. */
  readonly isOver: () => boolean;
  respond(status: number, headers: readonly (readonly [name: string, value: string])[]): void;
  write(bytes: Uint8Array): void;
  sent(events: number): void;
  end(): void;
  cut(): void;
}

const bodiless = [204, 205, 304];

/** How it went on: nothing more is sent after `open`. */
type Phase = "asked" | "open" | "ended" | "cut" | "left";

/**
 * @param answer - answers the request as an attempt of a script says
 * @param settle - lets the application have what was sent
 */
export const createExchange = (
  asked: Asked,
  more: Pick<MockRequest, "number" | "lastEventId" | "atMs">,
  signal: AbortSignal | null | undefined,
  answer: (attempt: ScriptAttempt) => void,
  settle: () => Promise<void>,
): Exchange => {
  let phase: Phase = "asked";
  let isStream = false;
  let sentEvents = 0;
  let isLocked = false;
  let chunks: Uint8Array[] = [];
  let wake = () => {};
  let failure: { readonly error: unknown } | undefined;
  let resolve: (response: MockResponse) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const response = new Promise<MockResponse>((...both) => {
    [resolve, reject] = both;
  });
  response.catch(() => {});

  const isOver = () => phase !== "asked" && phase !== "open";
  const fail = (error: unknown) => {
    failure = { error };
    reject(error);
    wake();
  };
  const leave = () => {
    chunks = [];
    if (!isOver()) phase = "left";
    wake();
  };
  const abort = () => {
    leave();
    fail(signal?.reason);
  };
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });

  const read = async () => {
    for (;;) {
      const value = chunks.shift();
      if (value) return { done: false, value };
      if (failure) throw failure.error;
      if (isOver()) return { done: true, value: undefined };
      await new Promise<void>((go) => {
        wake = go;
      });
    }
  };
  const cancel = async () => leave();
  const body: MockBody = {
    get locked() {
      return isLocked;
    },
    getReader() {
      if (isLocked) throw new TypeError("the body is being read already");
      isLocked = true;
      return {
        read,
        cancel,
        releaseLock() {
          isLocked = false;
        },
      };
    },
    cancel,
  };
  const text = async () => {
    const utf8 = decoder();
    let all = "";
    for (;;) {
      const { value } = await read();
      if (!value) return all + utf8.decode();
      all += utf8.decode(value, { stream: true });
    }
  };

  const connection = {
    write(bytes: Uint8Array) {
      if (phase !== "open" || !bytes.length) return;
      chunks.push(bytes);
      wake();
    },
    end() {
      if (isOver()) return;
      if (phase === "asked") return connection.cut();
      phase = "ended";
      wake();
    },
    cut() {
      if (isOver()) return;
      phase = "cut";
      fail(new TypeError("the connection broke"));
    },
  };
  const open = () => {
    if (isOver())
      throw new Error(
        `request ${more.number} of ${asked.url} is over: the server or the application ended it`,
      );
    return [connection];
  };
  const request: MockRequest = {
    ...asked,
    ...more,
    get sentEvents() {
      return sentEvents;
    },
    get isOpen() {
      return isStream && phase === "open";
    },
    get clientLeft() {
      return phase === "left";
    },
    answer(attempt) {
      if (phase !== "asked") throw new Error(`request ${more.number} of ${asked.url} was answered already`);
      answer(attempt);
      return settle();
    },
    ...createSender(open, settle),
  };
  return {
    ...{ request, response, isOver },
    ...connection,
    respond(status, headers) {
      if (phase !== "asked") return;
      const isBodiless = bodiless.includes(status);
      phase = isBodiless ? "ended" : "open";
      isStream = status === 200;
      resolve({
        ok: status >= 200 && status < 300,
        ...{ status, statusText: "", redirected: false, type: "basic", url: asked.url },
        headers: new Headers(headers as [string, string][]),
        body: isBodiless ? null : body,
        text,
        json: async () => JSON.parse(await text()),
      });
    },
    sent(events) {
      sentEvents += events;
    },
  };
};

/** The bytes of an ASCII text that stand for UTF-8, as in a header's value. */
export const textOfHeader = (value: string): string =>
  [...value].every((char) => char.charCodeAt(0) < 256)
    ? decoder().decode(Uint8Array.from(value, (char) => char.charCodeAt(0)))
    : value;
