import { ask, EventSourceError, messageOf, platform, report } from "../base/index.js";
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
  startError,
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
  const early = !set.worker && !set.persist && isCertain(set) ? sendEarly(url, set, own) : undefined;
  const send = early?.send ?? own;
  const make = async () => {
    const create = await (set.worker && platform.Worker ? inWorker(set.worker, start) : start());
    const isPaced = set.delivery !== "auto" && set.delivery !== "immediate";
    const paced = isPaced ? gathering(create) : create;
    return (...[host, url, settings]: Parameters<CreateEngine>) => paced(host, url, settings, send);
  };
  return { early, create: make() };
};

const inWorker = async (worker: NonNullable<Settings["worker"]>, start: Start): Promise<CreateEngine> => {
  const { url } = Object(worker);
  // Both files are asked for at once: one after the other they would cost a round trip more.
  const script = url ? undefined : import("../worker/script.js");
  script?.catch(() => {});
  const hub = await import("../hub/index.js").catch(() => undefined);
  // A service worker must not import it, and the file may be gone after a deployment: then the page does the work.
  if (!hub) return start();
  return hub.inWorker({
    url,
    script,
    ask,
    callRefresh,
    EventSourceError,
    headersOf,
    messageOf,
    report,
    start,
    startError,
    wasm,
    watchPage,
  });
};
