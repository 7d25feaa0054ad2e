import { ask, EventSourceError, platform, report } from "../base/index.js";
import {
  type CreateEngine,
  callRefresh,
  createSend,
  type Early,
  type Engine,
  gathering,
  headersOf,
  isCertain,
  type Start,
  sendEarly,
  wasm,
  watchPage,
} from "../engine/index.js";
import type { Settings } from "../options/index.js";

/** The way to an engine that the settings ask for. */
export interface Way {
  /** The first request, if it need not wait for the engine. */
  readonly early: Early | undefined;
  /** Gives the function that makes the engine. */
  readonly create: Promise<(...what: Parameters<CreateEngine>) => Engine>;
}

/** Starts what an engine needs, beginning with the first request where that is known. */
export const startEngine = (set: Settings, url: string, start: Start): Way => {
  const own = set.ownRequest ? createSend(set, report) : undefined;
  const isAway = set.share || (set.worker && platform.Worker);
  const early = !isAway && !set.persist && isCertain(set) ? sendEarly(url, set, own) : undefined;
  const send = early?.send ?? own;
  const make = async () => {
    const create = await (isAway ? inHub(set, start) : start());
    const isPaced = set.delivery !== "auto" && set.delivery !== "immediate";
    const paced = isPaced ? gathering(create) : create;
    return (...[host, url, settings]: Parameters<CreateEngine>) => paced(host, url, settings, send);
  };
  return { early, create: make() };
};

const orNone = <T>(file: Promise<T>) => file.catch(() => undefined);

const inHub = async (settings: Settings, start: Start): Promise<CreateEngine> => {
  // Both files are asked for at once: one after the other they would cost a round trip more.
  const script = settings.worker === true ? orNone(import("../worker/script.js")) : undefined;
  const hub = await orNone(import("../hub/index.js"));
  // A service worker must not import it, and the file may be gone after a deployment: then the page does the work.
  return hub
    ? hub.away({
        settings,
        script,
        ask,
        callRefresh,
        EventSourceError,
        headersOf,
        report,
        start,
        wasm,
        watchPage,
      })
    : start();
};
