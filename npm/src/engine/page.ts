/** What befalls the page: its network, its sleep, its way out of sight and into the back/forward cache. */

import { HIDDEN, OFFLINE, ONLINE, VISIBLE, WAKE } from "./codes.js";

/** Gets what befell the page, one of the codes; `leaves` if it goes into the back/forward cache or comes from there. */
type Watcher = (what: number, leaves?: boolean) => void;

/** How often the clock is looked at, in milliseconds. */
const TICK = 1000;

/** A gap as long as this between two looks is a sleep; in a hidden page timers go off once a minute only. */
const SLEEP = 5000;
const HIDDEN_SLEEP = 90_000;

const watchers = new Set<Watcher>();
let stop = () => {};

const tellAll: Watcher = (what, leaves) => {
  for (const watcher of [...watchers]) watcher(what, leaves);
};

const begin = () => {
  const { document } = globalThis;
  const controller = new AbortController();
  const on = (target: EventTarget | undefined, type: string, listener: (event: never) => void) =>
    target?.addEventListener(type, listener as EventListener, { signal: controller.signal });
  let looked = Date.now();
  let limit = SLEEP;
  const look = () => {
    const slept = Date.now() - looked;
    looked += slept;
    if (slept >= limit) tellAll(WAKE);
    limit = document?.hidden ? HIDDEN_SLEEP : SLEEP;
  };
  const timer = setInterval(look, TICK);
  on(globalThis, "offline", () => tellAll(OFFLINE));
  on(globalThis, "online", () => tellAll(ONLINE));
  on(globalThis, "pagehide", ({ persisted }: PageTransitionEvent) => persisted && tellAll(HIDDEN, true));
  on(globalThis, "pageshow", ({ persisted }: PageTransitionEvent) => persisted && tellAll(VISIBLE, true));
  // After the event `freeze`, which the page need not hear.
  on(document, "resume", () => tellAll(WAKE));
  on(document, "visibilitychange", () => {
    look();
    tellAll(document.hidden ? HIDDEN : VISIBLE);
  });
  stop = () => {
    clearInterval(timer);
    controller.abort();
  };
};

/** Calls `watcher` with what is the matter already, and with what befalls the page until the function it gives. */
export const watchPage = (watcher: Watcher): (() => void) => {
  // Node has neither page nor network that come and go.
  if (!globalThis.addEventListener) return () => {};
  if (!watchers.size) begin();
  watchers.add(watcher);
  if (globalThis.navigator?.onLine === false) watcher(OFFLINE);
  if (globalThis.document?.hidden) watcher(HIDDEN);
  return () => {
    if (watchers.delete(watcher) && !watchers.size) stop();
  };
};
