/** What befalls the page: its network, its sleep, its way out of sight and into the back/forward cache. */

import { HIDDEN, OFFLINE, ONLINE, VISIBLE, WAKE } from "./codes.js";

/** Gets what befalls the page, one of the codes; `cached` if it goes into the back/forward cache or comes from there. */
type Watcher = (what: number, cached?: boolean) => void;

/** How often the clock is looked at, in milliseconds: what slept has two seconds to be open again. */
const TICK = 250;

/** Who has not looked for so long has slept. The timers of a hidden page go off once a minute only. */
export const SLEEP = 5000;
const HIDDEN_SLEEP = 90_000;

const watchers = new Set<Watcher>();
let looked: number;
let limit: number;
let stop: () => void;

const tell: Watcher = (what, cached) => {
  for (const watcher of watchers) watcher(what, cached);
};

/** What a sleeping page did not hear of the network. */
const tellNetwork = () => tell(globalThis.navigator?.onLine === false ? OFFLINE : ONLINE);

/** Looks at the clock, and tells if the page slept. */
export const look = (isKnown?: boolean): void => {
  const gap = Date.now() - looked;
  looked += gap;
  if (isKnown || gap >= limit) {
    tellNetwork();
    tell(WAKE);
  }
  limit = globalThis.document?.hidden ? HIDDEN_SLEEP : SLEEP;
};

const hear = (event: Event) => {
  const { type, persisted } = event as PageTransitionEvent;
  const { document } = globalThis;
  // Who slept hears of that first: what is opened from here on is not in doubt.
  look(type === "resume");
  if (type.endsWith("line")) tellNetwork();
  if (type === "pagehide" && persisted) tell(HIDDEN, true);
  if (type === "pageshow" && persisted) {
    tellNetwork();
    tell(VISIBLE, true);
  }
  // What is back from the cache may still be out of sight.
  if (type === "visibilitychange" || (type === "pageshow" && document?.hidden))
    tell(document.hidden ? HIDDEN : VISIBLE);
};

const listen = (method: "addEventListener" | "removeEventListener") => {
  for (const type of ["offline", "online", "pagehide", "pageshow"]) globalThis[method]?.(type, hear);
  // A worker has none.
  for (const type of ["resume", "visibilitychange"]) globalThis.document?.[method](type, hear);
};

const begin = () => {
  looked = Date.now();
  limit = SLEEP;
  const timer = setInterval(look, TICK);
  listen("addEventListener");
  stop = () => {
    clearInterval(timer);
    listen("removeEventListener");
  };
};

/** Tells `watcher` what is the matter already, and what befalls the page until the function it gives is called. */
export const watchPage = (watcher: Watcher): (() => void) => {
  // Node has neither a page nor word of its network.
  if (!globalThis.addEventListener) return () => {};
  if (!watchers.size) begin();
  watchers.add(watcher);
  if (globalThis.navigator?.onLine === false) watcher(OFFLINE);
  if (globalThis.document?.hidden) watcher(HIDDEN);
  return () => {
    if (watchers.delete(watcher) && !watchers.size) stop();
  };
};
