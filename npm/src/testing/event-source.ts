/** The browser's EventSource, as the standard says and Chromium does, over a mock. */

import type { Time } from "./clock.js";
import type { Asked, MockResponse } from "./exchange.js";
import { createParser } from "./parse.js";

/** Makes a request; gives its response, also from where it was redirected to. */
export type Ask = (
  asked: Asked,
  lastEventId: string,
  signal: AbortSignal | null | undefined,
  redirect?: RequestRedirect,
) => Promise<MockResponse>;

/** Chromium's and WebKit's, in milliseconds. */
const RECONNECTION_TIME = 3000;

const handled = ["open", "message", "error"] as const;

/** Makes the class, whose requests `ask` makes. `isMocked` says whether a mock stands at a URL. */
export const createEventSource = (
  time: Time,
  isMocked: (url: string) => boolean,
  ask: Ask,
): (new (
  url: string | URL,
  init?: EventSourceInit,
) => EventTarget) =>
  class MockEventSource extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSED = 2;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSED = 2;
    readonly url: string;
    readonly withCredentials: boolean;
    readyState: 0 | 1 | 2 = 0;
    onopen: ((event: Event) => unknown) | null = null;
    onmessage: ((event: MessageEvent) => unknown) | null = null;
    onerror: ((event: Event) => unknown) | null = null;
    readonly #life = new AbortController();
    #url: string;
    #lastEventId = "";
    #reconnectionTime = RECONNECTION_TIME;

    constructor(url: string | URL, { withCredentials = false }: EventSourceInit = {}) {
      super();
      this.url = this.#url = `${url}`;
      this.withCredentials = withCredentials;
      for (const type of handled)
        this.addEventListener(type, (event) => this[`on${type}`]?.(event as MessageEvent));
      if (!isMocked(this.url))
        throw new TypeError(`no mockStream() stands at ${this.url}, and there is no EventSource here`);
      this.#run();
    }

    close(): void {
      this.readyState = 2;
      this.#life.abort();
    }

    async #run() {
      for (;;) {
        if (!(await this.#attempt())) {
          // [spec] fail the connection
          if (this.#isClosed()) return;
          this.readyState = 2;
          this.dispatchEvent(new Event("error"));
          return;
        }
        // [spec] reestablish the connection
        if (this.#isClosed()) return;
        this.readyState = 0;
        this.dispatchEvent(new Event("error"));
        await time.wait(this.#reconnectionTime);
        if (this.#isClosed()) return;
      }
    }

    #isClosed() {
      return this.readyState === 2;
    }

    /** Reads one response to its end; gives whether the connection is to be reestablished. */
    async #attempt(): Promise<boolean> {
      const { signal } = this.#life;
      const asked = ask(
        {
          method: "GET",
          url: this.#url,
          headers: {
            accept: "text/event-stream",
            "cache-control": "no-store",
            ...(this.#lastEventId && { "last-event-id": this.#lastEventId }),
          },
          body: undefined,
          credentials: this.withCredentials ? "include" : "same-origin",
          transport: "eventsource",
        },
        this.#lastEventId,
        signal,
      );
      try {
        const { url, status, headers, body } = await asked;
        if (signal.aborted) return false;
        const type = (headers.get("content-type") ?? "").split(";")[0] as string;
        if (status !== 200 || type.trim().toLowerCase() !== "text/event-stream" || !body) {
          await body?.cancel();
          return false;
        }
        // Chromium goes on there after a redirect; WebKit begins anew at the first URL.
        this.#url = url;
        const { origin } = new URL(url);
        this.readyState = 1;
        this.dispatchEvent(new Event("open"));
        const parser = createParser(this.#lastEventId, {
          event: (type, data, lastEventId) => {
            if (!this.#isClosed()) this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }));
          },
          retry: (ms) => {
            this.#reconnectionTime = ms;
          },
        });
        const reader = body.getReader();
        for (;;) {
          const { value } = await reader.read();
          if (!value || signal.aborted) return true;
          parser.feed(value);
          this.#lastEventId = parser.lastEventId();
        }
      } catch {
        return true;
      }
    }
  };
