/** A source in the wasm module: what crosses are numbers, and here they get their names. */
import { flags, IDENTIFIED } from "./codes.js";
import { type Exports, read, readEvents, write } from "./module.js";
import type { EngineSettings } from "./settings.js";

const now = () => performance.now();

/** What the module says of its events, and of those of the browser's EventSource. */
export interface Handle {
  /** Tells what happened. It decides nothing of it is carried out before `poll`. */
  tell(what: number, ...details: number[]): void;
  /** Tells of the last event ID. */
  identify(lastEventId: string): void;
  /** Whether events of a type have to leave the module; `""` stands for all. */
  listen(type: string, wanted: boolean): void;
  /** What came over fetch; gives its events, and what was found in it. */
  feed(bytes: Uint8Array): ReturnType<typeof readEvents> & { found: number };
  /** What an event over the browser's EventSource is, after a resume; if not `judged`, it is only remembered. */
  replayed(lastEventId: string, type: string, data: string, judged: boolean): number;
  /** The number of the attempt; below 0 if its failure is worth no other. */
  attempt(cause: number, status: number): number;
  /** When the module wants to be told the time. */
  due(): number;
  /** The failure that is due by now; 0 for none. */
  overdue(): number;
  /** What is to be done next; 0 for nothing. */
  poll(): number;
  /** What goes with it: a text and numbers, and for a state how long it waits. */
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
      settings.onlyFetch || !globalThis.EventSource,
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
    Math.random(),
  );
  return {
    tell: (what, ...details) => wasm.tell(source, what, now(), ...details),
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
      // None of them contains CR.
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
      // Which is no source: a loop that may have called us finds nothing more to do.
      source = 0;
    },
  };
};
