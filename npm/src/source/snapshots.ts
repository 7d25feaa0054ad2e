import type { Cursor, Stats } from "../base/index.js";
import type { Deliver } from "./delivery.js";
import { createHandlers, emit, type Handlers } from "./handlers.js";

/** What a source counts and how far it has come: each the same object until something in it changes. */
export interface Snapshots {
  /** Handlers of changes. */
  readonly handlers: Handlers;
  readonly stats: () => Stats;
  readonly cursor: () => Cursor;
  /** Something may have changed. This is called for each event, and does next to nothing while nobody listens. */
  moved(): void;
}

const stable = <T extends object>(take: () => T): (() => T) => {
  let newest = take();
  return () => {
    const next = take();
    if (Object.keys(next).some((name) => next[name as keyof T] !== newest[name as keyof T])) newest = next;
    return newest;
  };
};

export const createSnapshots = (
  run: Deliver,
  takeStats: () => Stats,
  takeCursor: () => Cursor,
): Snapshots => {
  const stats = stable(takeStats);
  const cursor = stable(takeCursor);
  const both = stable(() => ({ stats: stats(), cursor: cursor() }));
  let told = both();
  let isWatched = false;
  let isDue = false;
  const handlers = createHandlers((_, isWanted) => {
    isWatched = isWanted;
  });
  const tell = () => {
    isDue = false;
    const now = both();
    if (now === told) return;
    told = now;
    emit(handlers.of("stats"), now.stats);
  };
  return {
    handlers,
    stats,
    cursor,
    moved() {
      if (!isWatched || isDue) return;
      isDue = true;
      // An engine may count on after it has told of something.
      queueMicrotask(() => run(tell));
    },
  };
};
