import { decoder } from "./host.js";
import type { ScriptAttempt } from "./script.js";
import { createSender } from "./sender.js";
import type { MockRequest } from "./types.js";

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
  /** Breaks it for a reason of the kit's own. */
  fail(error: unknown): void;
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
    fail(error) {
      if (!isOver()) phase = "cut";
      fail(error);
    },
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
