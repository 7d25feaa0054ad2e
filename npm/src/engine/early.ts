/** The first request, while the engine is still starting. */
import { platform } from "../base/index.js";
import { initOf } from "./fetch.js";
import type { Send } from "./request.js";
import type { EngineSettings } from "./settings.js";

/** A request that the engine is going to ask for. */
export interface Early {
  /** Gives the engine's first request the response that is under way, and makes all others. */
  readonly send: Send;
  /** The engine has made its first request, or none will come: a response that nobody has taken is let go. */
  over(): void;
  /** Nobody needs a response any more. */
  drop(): void;
}

/**
 * Whether the engine's first request is known before there is an engine. It goes over fetch, nothing has to be asked or
 * loaded before it, and a page that is hidden meanwhile makes it all the same.
 */
export const isCertain = ({ transport, onlyFetch, url, lastEventId, hidden }: EngineSettings): boolean =>
  (transport === "fetch" || (transport === "auto" && (onlyFetch || !platform.EventSource))) &&
  !url &&
  !lastEventId &&
  hidden !== "pause";

/** Makes the request that an engine makes first. The engine compiles meanwhile, which takes a page longer than to ask. */
export const sendEarly = (url: string, settings: EngineSettings, own: Send | undefined): Early => {
  const controller = new AbortController();
  const send: Send = own ?? (async (url, init) => [await platform.fetch(url, init)]);
  const ask = async () => {
    const init = initOf(settings, controller.signal, "");
    return send(url, init, { attempt: 1, lastEventId: "", cause: undefined }, (url) => [url, true]);
  };
  let response: ReturnType<Send> | undefined = ask();
  // The engine hears of it when it asks.
  response.catch(() => {});
  const drop = () => {
    response = undefined;
    controller.abort();
  };
  return {
    send(...request) {
      const early = response;
      if (!early) return send(...request);
      response = undefined;
      request[1].signal.addEventListener("abort", drop, { once: true });
      return early;
    },
    over() {
      if (response) drop();
    },
    drop,
  };
};
