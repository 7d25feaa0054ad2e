import { platform } from "../base/index.js";
import type { EngineSettings } from "./settings.js";

type Delivery = EngineSettings["delivery"];

/** The longest wait with `"auto"`, in milliseconds. */
const INTERVAL = 32;

/** A chunk as large as this, in bytes, is part of a flood: to wait would gather nothing more. */
const LARGE = 32_768;

/** Chunks that take as long as this to come, in milliseconds, come one by one. */
const SLOW = 4;

/** How many quick chunks in a row make `"auto"` wait, and after how many chunks it measures again. */
const FEW = 3;
const ROUND = 16;

/**
 * How long nothing waits after a wake, in milliseconds. In this time a stream has to show that it is alive, by new bytes:
 * only bytes that are read show it.
 */
const AWAKE = 1000;

/**
 * Calls `go` when the next frame is drawn, if `delivery` says so, or when the interval is over. A hidden page draws no
 * frames, and some workers draw none.
 *
 * @returns a function that calls `go` at once instead
 */
export const later = (delivery: Delivery, go: () => void): (() => void) => {
  const run = () => {
    platform.clearTimeout(timer);
    if (frame) platform.cancelAnimationFrame(frame);
    go();
  };
  const frame = delivery === "frame" && platform.requestAnimationFrame?.(run);
  const timer = platform.setTimeout(run, (delivery as { everyMs?: number }).everyMs ?? INTERVAL);
  return run;
};

/**
 * Whether anything waits: browsers draw no frames in a hidden page, and stretch its timers, mostly to a second. An interval
 * that the application asks for is its own.
 */
export const waitsAtAll = (delivery: Delivery): boolean =>
  typeof delivery !== "string" || !globalThis.document?.hidden;

/** When a source reads on. */
export const createPace = (delivery: Delivery) => {
  let fast = 0;
  let over = () => {};
  let woke = -Infinity;
  return {
    /** Says after each chunk, of so many bytes and so many milliseconds in coming, whether to wait before others are read. */
    isWaiting(size: number, ms: number): boolean {
      fast = size < LARGE && ms < SLOW && fast < ROUND ? fast + 1 : 0;
      return delivery === "auto" ? fast >= FEW : delivery !== "immediate";
    },
    /** Waits as `delivery` asks, or as `how` says. */
    wait: (how = delivery): Promise<void> | undefined =>
      platform.performance.now() - woke < AWAKE || !waitsAtAll(how)
        ? undefined
        : new Promise((resolve) => {
            over = later(how, resolve);
          }),
    /** Ends the wait, in a page that is hidden maybe long before its timer; if it woke up, none begins soon. */
    end(isAwake?: boolean): void {
      if (isAwake) woke = platform.performance.now();
      over();
    },
  };
};

/** Chunks in one piece. */
export const joined = (chunks: readonly Uint8Array[]): Uint8Array => {
  const [first] = chunks;
  if (first && chunks.length === 1) return first;
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let end = 0;
  for (const chunk of chunks) {
    all.set(chunk, end);
    end += chunk.length;
  }
  return all;
};
