import { ask, EventSourceError, messageOf, report } from "../base/index.js";
import {
  type CreateEngine,
  callRefresh,
  createSend,
  gathering,
  headersOf,
  type Start,
  startError,
  wasm,
  watchPage,
} from "../engine/index.js";
import type { Settings } from "../options/index.js";

/** Gives the function that makes the engine that the settings ask for. */
export const makeEngine = async (set: Settings, start: Start): Promise<CreateEngine> => {
  const create = await (set.worker ? inWorker(set.worker, start) : start());
  const isPaced = set.delivery !== "auto" && set.delivery !== "immediate";
  const paced = isPaced ? gathering(create) : create;
  const send = set.ownRequest ? createSend(set, report) : undefined;
  return (host, url, settings) => paced(host, url, settings, send);
};

const inWorker = async (worker: NonNullable<Settings["worker"]>, start: Start): Promise<CreateEngine> => {
  const hub = await import("../hub/index.js").catch(() => undefined);
  // A service worker must not import it, and the file may be gone after a deployment: then the page does the work.
  if (!hub) return start();
  return hub.inWorker({
    script: Object(worker).url,
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
