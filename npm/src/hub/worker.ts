/**
 * The engine in a worker, as the page sees it: a chunk of its own, so that others do not download it. It imports nothing
 * but types, and what is loaded with it.
 */

import type { ask, EventSourceError, messageOf } from "../base/index.js";
import type {
  CreateEngine,
  callRefresh,
  Engine,
  headersOf,
  Script,
  Start,
  Wasm,
  watchPage,
} from "../engine/index.js";
import { createRemote } from "./remote.js";
import { type ScriptUrl, threadOf } from "./thread.js";

/**
 * Makes engines that live in a worker; in the page, where there can be none.
 *
 * @param script - the URL of the worker's, unless it is the package's own
 * @param start - gives the page's engine
 * @param startError - says why that did not start
 */
export const inWorker =
  (
    script: ScriptUrl | undefined,
    start: Start,
    startError: (cause: unknown) => EventSourceError,
    wasm: () => Promise<Wasm | Script>,
    watch: typeof watchPage,
    report: (error: unknown) => void,
    askPage: typeof ask,
    Failure: typeof EventSourceError,
    refreshing: typeof callRefresh,
    describe: typeof messageOf,
    checked: typeof headersOf,
  ): CreateEngine =>
  (host, url, settings, send) => {
    const tools = { watch, ask: askPage, Failure, messageOf: describe, headersOf: checked };
    const types = new Set<string>();
    let { lastEventId } = settings;
    let isClosed = false;
    // The engine that runs, be it where it may; before that, what lets go of the one that is on its way.
    let engine: Engine | undefined;
    let leave = () => {};

    const died = (why: string, isSilent: boolean) => {
      engine = undefined;
      const cause = new Failure("network", `the worker failed: ${why}`);
      // A script that fails would do so again.
      if (!isSilent) report(cause);
      // Nobody knows how far it came.
      if (settings.request === "once") return host.changed({ status: "closed", reason: "fatal", cause });
      host.changed({ status: "reconnecting", attempt: 1, waitMs: 0, cause });
      if (!isClosed) (isSilent ? begin : inPage)();
    };

    /** Goes on without a worker, which is no harm but to the main thread. */
    const inPage = async () => {
      host.stats.engine = "page";
      try {
        const create = await start();
        if (isClosed) return;
        engine = create(host, url, { ...settings, lastEventId }, send);
        for (const type of types) engine.listen(type, true);
        engine.start();
      } catch (error) {
        host.changed({ status: "closed", reason: "start-failed", cause: startError(error) });
      }
    };

    const begin = async () => {
      // Without WebAssembly here there is none there.
      if (!globalThis.Worker || !globalThis.WebAssembly) return inPage();
      const thread = threadOf(script, wasm, (refresh) => refreshing(refresh, report));
      const identified = (id: string) => {
        lastEventId = id;
      };
      const here = { ...settings, lastEventId };
      const remote = createRemote(thread, host, url, here, tools, types, identified, died);
      leave = remote.close;
      try {
        await remote.ready;
      } catch {
        remote.close();
        return isClosed ? undefined : inPage();
      }
      if (isClosed) return;
      host.stats.engine = "worker";
      remote.start();
      engine = remote;
    };

    return {
      start: begin,
      listen(type, wanted) {
        types[wanted ? "add" : "delete"](type);
        engine?.listen(type, wanted);
      },
      reconnect: () => engine?.reconnect(),
      close() {
        isClosed = true;
        if (engine) engine.close();
        else leave();
      },
    };
  };
