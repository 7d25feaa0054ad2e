/** Gathers the events that come one by one over the browser's EventSource, and hands them over together. */
import { later, waitsAtAll } from "./pace.js";
import { watchPage } from "./page.js";
import type { CreateEngine } from "./seam.js";

/** How many events are gathered at most. */
const MANY = 1024;

export const gathering =
  (create: CreateEngine): CreateEngine =>
  (host, url, settings, send) => {
    let gathered: (() => void)[] = [];
    let over: (() => void) | undefined;
    // A handler may close the source during the delivery.
    const flush = () =>
      host.together?.(() => {
        while (gathered[0]) gathered.shift()?.();
      });
    // The first after a silence is handed over at once.
    const go = () => {
      over = gathered[0] && waitsAtAll(settings.delivery) ? later(settings.delivery, go) : undefined;
      flush();
    };
    const unwatch = watchPage(() => over?.());
    const engine = create(
      {
        ...host,
        event(...event) {
          if (gathered.push(() => host.event?.(...event)) >= MANY) flush();
          else if (!over) go();
        },
        changed(state) {
          // Events that came before this are delivered before it.
          flush();
          host.changed(state);
        },
      },
      url,
      settings,
      send,
    );
    return {
      ...engine,
      close() {
        gathered = [];
        unwatch();
        over?.();
        engine.close();
      },
    };
  };
