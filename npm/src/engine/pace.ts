import type { Settings } from "../options.js";

type Delivery = Settings["delivery"];

/** The longest wait where none is asked for, in milliseconds. */
const INTERVAL = 32;

/** A chunk as large as this, in bytes, is part of a flood: to wait would gather nothing more. */
const LARGE = 32_768;

/** Chunks that take as long as this to come, in milliseconds, come one by one. */
const SLOW = 4;

/** The chunks in a row that have to come sooner until `"auto"` waits, and after which it looks how fast others come. */
const FEW = 3;
const ROUND = 16;

/**
 * Calls `go` once: when the next frame is drawn, if `delivery` says so, or when the interval is over. A page that nobody
 * sees draws none, nor does every worker.
 *
 * @returns what prevents it
 */
export const later = (delivery: Delivery, go: () => void): (() => void) => {
  const run = () => {
    cancel();
    go();
  };
  const frame = delivery === "frame" && globalThis.requestAnimationFrame?.(run);
  const timer = setTimeout(run, (delivery as { everyMs?: number }).everyMs ?? INTERVAL);
  const cancel = () => {
    clearTimeout(timer);
    if (frame) cancelAnimationFrame(frame);
  };
  return cancel;
};

/** Says after each chunk, of so many bytes and so many milliseconds in coming, whether to wait before others are read. */
export const createPace = (delivery: Delivery): ((size: number, ms: number) => boolean) => {
  let fast = 0;
  return (size, ms) => {
    fast = size < LARGE && ms < SLOW && fast < ROUND ? fast + 1 : 0;
    return delivery === "auto" ? fast >= FEW : delivery !== "immediate";
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
