/**
 * Hands over together what comes one by one over the browser's EventSource: a chunk of its own, so that others do not
 * download it. It imports nothing but types, for which bundlers would write down what the chunk depends on, in
 * everybody's.
 */
import type { later } from "./engine/pace.js";
import type { watchPage } from "./engine/page.js";
import type { CreateEngine } from "./engine.js";

/** How many events are gathered at most. */
const MANY = 1024;

/**
 * @param wait - calls a function when the time has come, and gives what does so at once instead
 * @param watch - tells what befalls the page, which ends the wait
 */
export const gathering =
  (create: CreateEngine, wait: typeof later, watch: typeof watchPage): CreateEngine =>
  (host, url, settings, send) => {
    let gathered: (() => void)[] = [];
    let over: (() => void) | undefined;
    // A handler may close the source in the midst of it.
    const flush = () =>
      host.together?.(() => {
        while (gathered[0]) gathered.shift()?.();
      });
    // The first after a silence is handed over at once.
    const go = () => {
      over = gathered[0] && wait(settings.delivery, go);
      flush();
    };
    const unwatch = watch(() => over?.());
    const engine = create(
      {
        ...host,
        event(...event) {
          if (gathered.push(() => host.event?.(...event)) >= MANY) flush();
          else if (!over) go();
        },
        changed(state) {
          // What came before is told before.
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
