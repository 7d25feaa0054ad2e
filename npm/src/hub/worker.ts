/**
 * The engine in a worker, as the page sees it. It is a chunk of its own, so that pages without a worker do not download it,
 * and imports only types and files of this folder.
 */

import type { CreateEngine, Engine } from "../engine/index.js";
import { createRemote } from "./remote.js";
import { type OwnScript, type ScriptUrl, threadOf } from "./thread.js";
import type { Tools } from "./tools.js";

/** How engines are made that live in a worker. */
export interface WorkerOptions extends Tools {
  /** The URL of the worker's script. */
  readonly url: ScriptUrl | undefined;
  /** The package's own script, if there is no URL. */
  readonly script: Promise<OwnScript> | undefined;
}

/** Makes engines that live in a worker. Where there can be no worker, they live in the page. */
export const inWorker =
  ({ url: scriptUrl, script, ...tools }: WorkerOptions): CreateEngine =>
  (host, url, settings, send) => {
    const { callRefresh, EventSourceError, report, start, startError, wasm } = tools;
    const types = new Set<string>();
    let { lastEventId } = settings;
    let isClosed = false;
    // The engine that runs, in the worker or in the page. Before it runs, `leave` lets go of the one that is being made.
    let engine: Engine | undefined;
    let leave = () => {};

    const died = (why: string, isSilent: boolean) => {
      engine = undefined;
      const cause = new EventSourceError("network", `the worker failed: ${why}`);
      // A script that fails would fail again.
      if (!isSilent) report(cause);
      // Nobody knows how far the request came, unless there is an id that a GET can be sent with.
      const isKnown = settings.resume && lastEventId && new TextEncoder().encode(lastEventId).length <= 4096;
      if (settings.request === "once" && !isKnown)
        return host.changed({ status: "closed", reason: "fatal", cause });
      host.changed({ status: "reconnecting", attempt: 1, waitMs: 0, cause });
      if (!isClosed) (isSilent ? begin : inPage)();
    };

    /** Goes on without a worker: that costs only time of the main thread. */
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
      // Without WebAssembly in the page there is none in a worker.
      if (!globalThis.Worker || !globalThis.WebAssembly) return inPage();
      const thread = threadOf(scriptUrl, script, wasm, (refresh) => callRefresh(refresh, report));
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
