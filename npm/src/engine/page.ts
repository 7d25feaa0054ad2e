/** What befalls the page: its network, its sleep, its way out of sight and into the back/forward cache. */

import { platform } from "../base/index.js";
import { HELD_UP, HIDDEN, OFFLINE, ONLINE, VISIBLE, WAKE } from "./codes.js";

/** Gets what befalls the page, one of the codes; `cached` if it goes into the back/forward cache or comes from there. */
type Watcher = (what: number, cached?: boolean) => void;

/** How often the clock is looked at, in milliseconds: what slept has two seconds to be open again. */
const TICK = 250;

/** A page that has not looked at the clock for so long has slept, or was busy. A hidden page's timers go off once a minute only. */
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

/** Tells whether the browser is online: a sleeping page did not hear of changes. */
const tellNetwork = () => tell(globalThis.navigator?.onLine === false ? OFFLINE : ONLINE);

/**
 * Looks at the clock, and tells if the page slept or was busy. Readers of bytes call this first: a page that reads is
 * awake, however late its timers are.
 */
export const look = (isKnown?: boolean): void => {
  const gap = platform.Date.now() - looked;
  looked += gap;
  if (!isKnown && !(gap >= limit)) return;
  tellNetwork();
  tell(isKnown || Math.abs(looked - platform.performance.now() - ahead) >= SET ? WAKE : HELD_UP);
};

const note = () => {
  looked = platform.Date.now();
  ahead = looked - platform.performance.now();
  limit = globalThis.document?.hidden ? HIDDEN_SLEEP : SLEEP;
};

const check = (isKnown?: boolean) => {
  look(isKnown);
  note();
};

const hear = (event: Event) => {
  const { type, persisted } = event as PageTransitionEvent;
  const { document } = globalThis;
  // A page that slept hears of that first: connections that are opened from here on are not in doubt.
  check(type === "resume");
  if (type.endsWith("line")) tellNetwork();
  if (type === "pagehide" && persisted) tell(HIDDEN, true);
  if (type === "pageshow" && persisted) {
    tellNetwork();
    tell(VISIBLE, true);
  }
  // A page that is back from the cache may still be hidden.
  if (type === "visibilitychange" || (type === "pageshow" && document?.hidden))
    tell(document.hidden ? HIDDEN : VISIBLE);
};

const begin = () => {
  note();
  const timer = platform.setInterval(check, TICK);
  const controller = new AbortController();
  const { signal } = controller;
  for (const type of ["offline", "online", "pagehide", "pageshow"])
    globalThis.addEventListener(type, hear, { signal });
  // A worker has no document.
  for (const type of ["resume", "visibilitychange"])
    globalThis.document?.addEventListener(type, hear, { signal });
  stop = () => {
    platform.clearInterval(timer);
    controller.abort();
  };
};

/** Tells `watcher` the page's present state, and then each change. The function that it gives ends that. */
export const watchPage = (watcher: Watcher): (() => void) => {
  // Node has no page, and does not tell of its network.
  if (!globalThis.addEventListener) return () => {};
  if (!watchers.size) begin();
  watchers.add(watcher);
  if (globalThis.navigator?.onLine === false) watcher(OFFLINE);
  if (globalThis.document?.hidden) watcher(HIDDEN);
  return () => {
    if (watchers.delete(watcher) && !watchers.size) stop();
  };
};
