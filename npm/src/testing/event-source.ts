/** The browser's EventSource, as the standard says and Chromium does, over a mock. */

import type { Time } from "./clock.js";
import type { Asked, Exchange } from "./exchange.js";
import { createParser } from "./parse.js";

/** Makes a request of an EventSource. */
export type Ask = (asked: Asked, lastEventId: string, signal: AbortSignal) => Exchange;

/** Chromium's and WebKit's, in milliseconds. */
const RECONNECTION_TIME = 3000;

const handled = ["open", "message", "error"] as const;

/** Makes the class. `find` gives how to ask for a URL; `undefined` if no mock stands there. */
export const createEventSource = (
  time: Time,
  find: (url: string) => Ask | undefined,
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
    #lastEventId = "";
    #reconnectionTime = RECONNECTION_TIME;

    constructor(url: string | URL, { withCredentials = false }: EventSourceInit = {}) {
      super();
      this.url = `${url}`;
      this.withCredentials = withCredentials;
      for (const type of handled)
        this.addEventListener(type, (event) => this[`on${type}`]?.(event as MessageEvent));
      if (!find(this.url))
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
      const ask = find(this.url);
      // Its mock is gone: nobody answers.
      if (!ask) return true;
      const { signal } = this.#life;
      const { response } = ask(
        {
          method: "GET",
          url: this.url,
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
      const { origin } = new URL(this.url);
      try {
        const { status, headers, body } = await response;
        if (signal.aborted) return false;
        const type = (headers.get("content-type") ?? "").split(";")[0] as string;
        if (status !== 200 || type.trim().toLowerCase() !== "text/event-stream" || !body) {
          await body?.cancel();
          return false;
        }
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
