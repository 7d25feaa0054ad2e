/** A source in the wasm module. Only numbers cross to it; here they get their names. */
import { platform } from "../base/index.js";
import { flags, HELD_UP, IDENTIFIED, WAKE } from "./codes.js";
import { type Exports, read, readEvents, write } from "./module.js";
import type { EngineSettings } from "./settings.js";

const now = () => platform.performance.now();

/** Bytes that come so soon after a sleep may be from before it, and prove nothing: as in `src/protocol/connection/page.rs`. */
const BACKLOG = 250;

/** One source, as the module knows it. */
export interface Handle {
  /** Tells the module what happened. Its decisions are carried out by `poll`, not before. */
  tell(what: number, ...details: number[]): void;
  /** Tells of the last event ID. */
  identify(lastEventId: string): void;
  /** Whether events of a type have to leave the module; `""` stands for all. */
  listen(type: string, wanted: boolean): void;
  /** Parses bytes that came over fetch. Gives their events, and bits that say what else was in them. */
  feed(bytes: Uint8Array): ReturnType<typeof readEvents> & { found: number };
  /** Says whether an event over the browser's EventSource is a replay. If not `judged`, it is only remembered. */
  replayed(lastEventId: string, type: string, data: string, judged: boolean): number;
  /** The number of the attempt; below 0 if no other attempt follows its failure. */
  attempt(cause: number, status: number): number;
  /** When the module wants to be told the time. */
  due(): number;
  /** The failure that is due by now; 0 for none. */
  overdue(): number;
  /** The next thing to do; 0 for nothing. */
  poll(): number;
  /** The details of the newest answer of `poll`: a text and numbers, and for a state its wait. */
  read(): [text: string, numbers: number[]];
  wait(): number;
  /** Forgets the source. Nothing more comes of it. */
  destroy(): void;
}

/** @param isCrossOrigin - whether the URL is of another origin than the page, if there is a page */
export const createHandle = (wasm: Exports, settings: EngineSettings, isCrossOrigin: boolean): Handle => {
  const { transport, retry, request } = settings;
  write(wasm, `${settings.lastEventId}\r${settings.gapEvent}`);
  let source = wasm.create(
    flags(
      transport === "eventsource",
      transport === "fetch",
      settings.onlyFetch || !platform.EventSource,
      isCrossOrigin,
      settings.ownRetry,
      !!settings.lastEventIdParam,
      request === "idempotent",
      request === "once",
      settings.dropReplays === false,
      !!settings.resume,
      settings.hasUntil,
    ),
    retry.initialMs,
    retry.maxMs,
    retry.factor,
    retry.maxAttempts,
    retry.stableMs,
    settings.connectTimeoutMs,
    settings.idleMs,
    settings.eventLimit,
    platform.Math.random(),
  );
  return {
    tell: (what, ...details) =>
      // A page that was busy was there all the time: what it reads from here on proves the stream alive.
      what === HELD_UP
        ? wasm.tell(source, WAKE, now() - BACKLOG)
        : wasm.tell(source, what, now(), ...details),
    identify(lastEventId) {
      write(wasm, lastEventId);
      wasm.tell(source, IDENTIFIED, 0);
    },
    listen(type, wanted) {
      write(wasm, type);
      wasm.listen(source, Number(wanted));
    },
    feed(bytes) {
      write(wasm, bytes);
      const found = wasm.feed(source, now());
      return { found, ...readEvents(wasm) };
    },
    replayed(lastEventId, type, data, judged) {
      // No event type contains CR.
      write(wasm, `${lastEventId}\r${type}\r${data}`);
      return wasm.replayed(source, Number(judged));
    },
    attempt: (cause, status) => wasm.attempt(source, cause, status),
    due: () => wasm.due(source),
    overdue: () => wasm.overdue(source, now()),
    poll: () => wasm.poll(source),
    read: () => read(wasm),
    wait: () => wasm.wait(),
    destroy() {
      wasm.destroy(source);
      // 0 is no source: a loop that may have called this finds nothing more to do.
      source = 0;
    },
  };
};
