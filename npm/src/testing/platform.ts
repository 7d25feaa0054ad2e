/** What stands in for the platform while a mock stands. */

import { createTime, type Time } from "./clock.js";
import { type Ask, createEventSource } from "./event-source.js";
import type { Asked, Exchange } from "./exchange.js";
import { host } from "./host.js";

/** A mock as requests find it. */
export interface Station {
  matches(url: URL): boolean;
  take(asked: Asked, lastEventId: string, signal: AbortSignal | null | undefined): Exchange;
}

/** Where copies of the package look for the platform; see `base/here.ts`. */
const key = Symbol.for("typed-eventsource");

/** What a platform is put before: each knows the one beneath it by the same key. */
interface Ground {
  [key: symbol]: Ground | undefined;
}
const globals = globalThis as unknown as Ground;

/** All that a mock and its neighbours share. */
export interface Stage {
  /** Gives the platform back. */
  readonly end: () => void;
  readonly time: Time;
  readonly fetch: typeof fetch;
  readonly stations: Set<Station>;
}

const redirects: readonly number[] = [301, 302, 303, 307, 308];

/** How many of them fetch follows. */
const HOPS = 20;

let stage: Stage | undefined;

/** Puts a mock in the place of the network. */
export const enter = (station: Station): Stage => {
  stage ??= createStage();
  stage.stations.add(station);
  return stage;
};

/** Takes it away again; the last one gives the platform back. */
export const leave = (station: Station): void => {
  stage?.stations.delete(station);
  if (!stage || stage.stations.size) return;
  stage.end();
  stage = undefined;
};

/** The page's address where there is a page. */
export const pageUrl = (): string =>
  globalThis.document?.baseURI ?? globalThis.location?.href ?? "http://localhost/";

const createStage = (): Stage => {
  const time = createTime();
  const stations = new Set<Station>();
  const started = Date.now();
  /** The newest mock at a URL. */
  const find = (url: string | URL) => {
    const parsed = new URL(url, pageUrl());
    return [...stations].reverse().find((station) => station.matches(parsed));
  };

  /** Makes a request, and follows redirects. */
  const ask: Ask = async (asked, lastEventId, signal, redirect) => {
    for (let { url } = asked, hops = 0; hops <= HOPS; hops++) {
      const station = find(url);
      if (!station) throw new TypeError(`no mockStream() stands at ${url}`);
      const response = await station.take({ ...asked, url }, lastEventId, signal).response;
      const location = redirects.includes(response.status) && response.headers.get("location");
      if (!location) return hops ? { ...response, redirected: true } : response;
      if (redirect === "error") break;
      url = new URL(location, url).href;
    }
    throw new TypeError(`too many redirects, or none allowed, from ${asked.url}`);
  };

  const mockFetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<unknown> => {
    const request = typeof input === "object" && "url" in input ? input : undefined;
    const url = request?.url ?? new URL(input as string, pageUrl()).href;
    const station = find(url);
    if (!station) return beneath().fetch(input, init);
    const signal = init.signal ?? request?.signal;
    signal?.throwIfAborted();
    const headers: Record<string, string> = {};
    new Headers(init.headers ?? request?.headers).forEach((value, name) => {
      headers[name] = value;
    });
    const asked: Asked = {
      method: (init.method ?? request?.method ?? "GET").toUpperCase(),
      ...{ url, headers },
      body: init.body ?? request?.body ?? undefined,
      credentials: init.credentials ?? "same-origin",
      transport: "fetch",
    };
    return ask(asked, headers["last-event-id"] ?? "", signal, init.redirect);
  };

  const EventSource = createEventSource(time, (url) => !!find(url), ask);
  const frame = (run: (now: number) => void) => time.set(() => run(time.now), 16);
  /** Timers of before the mock are the platform's. */
  const clear = (otherwise: (timer: never) => void) => (timer: unknown) => {
    if (timer !== undefined && !time.clear(timer)) otherwise(timer as never);
  };
  /** Where no mock of this copy of the kit stands, another copy's may. */
  const beneath = () => (ground[key] ?? globalThis) as typeof globalThis;
  const platform: { [name: string]: unknown } = {
    fetch: mockFetch,
    // Where no mock stands, the platform's own.
    EventSource: new Proxy(EventSource, {
      construct: (target, [url, init], self) =>
        find(url) || !beneath().EventSource
          ? Reflect.construct(target, [url, init], self)
          : new (beneath().EventSource)(url, init),
    }),
    setTimeout: (run: (...all: unknown[]) => void, ms?: number, ...all: unknown[]) =>
      time.set(() => run(...all), ms),
    setInterval: (run: (...all: unknown[]) => void, ms?: number, ...all: unknown[]) =>
      time.set(() => run(...all), ms, true),
    clearTimeout: clear((timer) => globalThis.clearTimeout(timer)),
    clearInterval: clear((timer) => globalThis.clearInterval(timer)),
    requestAnimationFrame: frame,
    cancelAnimationFrame: clear((timer) => globalThis.cancelAnimationFrame?.(timer)),
    performance: { now: () => time.now },
    Date: { now: () => started + time.wall },
    // The seed of the waits' random part: with one that is too large, that of the first wait is 0.
    Math: { random: () => Number.MAX_VALUE },
    TextEncoder: host.TextEncoder,
    TextDecoder: host.TextDecoder,
    Request: host.Request,
    location: { href: pageUrl() },
  };
  const ground = platform as unknown as Ground;
  ground[key] = globals[key];
  globals[key] = ground;
  return {
    ...{ time, stations, fetch: mockFetch as typeof fetch },
    end() {
      let above: Ground | undefined = globals;
      while (above && above[key] !== ground) above = above[key];
      if (above && ground[key]) above[key] = ground[key];
      else if (above) delete above[key];
      // Sources look for it when they are made: those that are left have this object.
      for (const name of Object.keys(platform)) {
        const real = (globalThis as { [name: string]: unknown })[name];
        // A browser's functions must be called on the window.
        platform[name] = typeof real === "function" && !real.prototype ? real.bind(globalThis) : real;
      }
    },
  };
};
