/** Sources whose streams are shared with other tabs. */
import type { CreateEngine, Engine, EngineHost } from "../../engine/index.js";
import { startError } from "../errors.js";
import type { Tools } from "../tools.js";
import { nameOf } from "./name.js";
import { createTab } from "./tab.js";
import { browser } from "./world.js";

/**
 * Makes engines that share their connection with those in other tabs that ask for the same. Where the browser has not what
 * that takes, each has a connection of its own.
 *
 * @param create - makes the engine that has the connection
 */
export const shared =
  (
    create: CreateEngine,
    share: boolean | { readonly key: string },
    tools: Tools,
    world = browser(),
  ): CreateEngine =>
  (host, url, settings, send) => {
    const types = new Set<string>();
    let engine: Pick<Engine, "start" | "reconnect" | "close"> | undefined;
    let alone: Engine | undefined;
    let isClosed = false;

    const beAlone = () => {
      engine?.close();
      host.stats.owner = "this";
      alone = create(host, url, settings, send);
      engine = alone;
      for (const type of types) alone.listen(type, true);
      alone.start();
    };

    /** An engine for others, too: it reads every type, and needs nobody's consent to read on. */
    const open = (host: EngineHost, lastEventId: string) => {
      // Where it is does not matter here.
      const stats = new Proxy(host.stats, {
        set: (stats, name, value) => name === "engine" || Reflect.set(stats, name, value),
      });
      const set = { ...settings, lastEventId, hidden: "keep" } as const;
      return create({ ...host, stats }, url, set, send);
    };

    const begin = async () => {
      if (!world) return beAlone();
      const name = await nameOf(url, settings, Object(share).key, tools.headersOf);
      if (isClosed) return;
      host.stats.engine = "shared";
      engine = createTab(host, settings.lastEventId, {
        world,
        name,
        Failure: tools.EventSourceError,
        open,
        dropsReplays: settings.dropReplays !== false,
        pauses: settings.hidden === "pause",
        refused: () => {
          host.stats.engine = "page";
          beAlone();
        },
      });
      try {
        engine.start();
      } catch {
        // A frame without an origin may have no channels.
        host.stats.engine = "page";
        beAlone();
      }
    };

    return {
      start() {
        begin().catch((error) =>
          host.changed({ status: "closed", reason: "start-failed", cause: startError(tools, error) }),
        );
      },
      listen(type, wanted) {
        types[wanted ? "add" : "delete"](type);
        alone?.listen(type, wanted);
      },
      reconnect: () => engine?.reconnect(),
      close() {
        isClosed = true;
        engine?.close();
      },
    };
  };
