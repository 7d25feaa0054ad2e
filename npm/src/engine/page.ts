/** What befalls the page: its network, its sleep, its way out of sight and into the back/forward cache. */

import { HELD_UP, HIDDEN, OFFLINE, ONLINE, VISIBLE, WAKE } from "./codes.js";

/** Gets what befalls the page, one of the codes; `cached` if it goes into the back/forward cache or comes from there. */
type Watcher = (what: number, cached?: boolean) => void;

/** How often the clock is looked at, in milliseconds: what slept has two seconds to be open again. */
const TICK = 250;

/** Who has not looked for so long has slept, or was busy. The timers of a hidden page go off once a minute only. */
const SLEEP = 5000;
const HIDDEN_SLEEP = 90_000;

/** By how much the wall clock may be set meanwhile, in milliseconds, before that is a sleep. */
const SET = 1000;

const watchers = new Set<Watcher>();
let looked: number;
/** How far the wall clock was ahead of the page's own, which on most systems stands still while the machine sleeps. */
let ahead: number;
let limit: number;
let stop: () => void;

const tell: Watcher = (what, cached) => {
  for (const watcher of watchers) watcher(what, cached);
};

/** What a sleeping page did not hear of the network. */
const tellNetwork = () => tell(globalThis.navigator?.onLine === false ? OFFLINE : ONLINE);

/**
 * Looks at the clock, and tells if the page slept or was busy. Whoever reads bytes looks first: while they are read, it
 * does neither, however late its timers are.
 */
export const look = (isKnown?: boolean): void => {
  const gap = Date.now() - looked;
  looked += gap;
  if (!isKnown && !(gap >= limit)) return;
  tellNetwork();
  tell(isKnown || Math.abs(looked - performance.now() - ahead) >= SET ? WAKE : HELD_UP);
};

const note = () => {
  looked = Date.now();
  ahead = looked - performance.now();
  limit = globalThis.document?.hidden ? HIDDEN_SLEEP : SLEEP;
};

const check = (isKnown?: boolean) => {
  look(isKnown);
  note();
};

const hear = (event: Event) => {
  const { type, persisted } = event as PageTransitionEvent;
  const { document } = globalThis;
  // Who slept hears of that first: what is opened from here on is not in doubt.
  check(type === "resume");
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
  note();
  const timer = setInterval(check, TICK);
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
