import { platform } from "../base/index.js";
import type { Batch, Section } from "./seam.js";

/** The wasm module's surface: numbers. The names and what they mean stand in `npm/engine/src/lib.rs`. */
export interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  room(bytes: number): number;
  output(): number;
  create(
    flags: number,
    initialMs: number,
    maxMs: number,
    factor: number,
    maxAttempts: number,
    stableMs: number,
    connectTimeoutMs: number,
    idleMs: number,
    eventLimit: number,
    seed: number,
  ): number;
  destroy(source: number): void;
  /** An argument that is left out is 0, and `retryAfterMs` is NaN: WebAssembly converts `undefined` so. */
  tell(
    source: number,
    what: number,
    now: number,
    status?: number,
    cause?: number,
    retryAfterMs?: number,
    verdict?: number,
  ): void;
  attempt(source: number, cause: number, status: number): number;
  listen(source: number, wanted: number): void;
  feed(source: number, now: number): number;
  replayed(source: number, judged: number): number;
  due(source: number): number;
  overdue(source: number, now: number): number;
  wait(): number;
  poll(source: number): number;
}

/** To UTF-8. */
export const encode = (text: string): Uint8Array<ArrayBuffer> => new platform.TextEncoder().encode(text);

// Not made at import: Jest's jsdom lacks it, and an app's tests that open no stream must run there.
let decoder: TextDecoder | undefined;

/** From UTF-8. */
export const decode = (bytes: Uint8Array): string => {
  // Without the option, a byte order mark that is data would be taken for one that is not.
  decoder ??= new platform.TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(bytes);
};

/** Puts bytes, or a text in UTF-8, where the module's next call looks for its input. */
export const write = (exports: Exports, input: Uint8Array | string): void => {
  const bytes = typeof input === "string" ? encode(input) : input;
  // This comes before the memory is looked at: making room may move it.
  const place = exports.room(bytes.length);
  new Uint8Array(exports.memory.buffer, place).set(bytes);
};

/** A part of what the module's last call put out, from the memory itself: the next call writes over it. */
const part = (exports: Exports, number: number) => {
  const place = exports.output();
  const { buffer } = exports.memory;
  const [names, namesLength, data, dataLength, numbers, count] = new Uint32Array(
    buffer,
    place + number * 24,
    6,
  ) as unknown as number[];
  return {
    names: new Uint8Array(buffer, names, namesLength),
    data: new Uint8Array(buffer, data, dataLength),
    // Where nothing is written yet, the place is none for numbers.
    numbers: new Uint32Array(buffer, count && numbers, count),
  };
};

/** The text and the numbers of what the module's last call put out. */
export const read = <Numbers = Uint32Array>(exports: Exports): [text: string, numbers: Numbers] => {
  const { names, numbers } = part(exports, 0);
  return [decode(names), numbers.slice() as Numbers];
};

/** The events that the module has put out. */
export const readEvents = (
  exports: Exports,
): Pick<Batch, "wanted" | "others" | "count"> & { replays: number } => {
  const { names, data, numbers } = part(exports, 0);
  const others = part(exports, 1);
  const [count, replays] = numbers.subarray(-2) as unknown as [number, number];
  return {
    wanted: decodeSection({ names, data, numbers: numbers.slice(0, -2) }),
    others: others.data.length
      ? { names: others.names.slice(), data: others.data.slice(), numbers: others.numbers.slice() }
      : undefined,
    count,
    replays,
  };
};

/** To the text that the server sent. */
export const decodeSection = ({ names, data, numbers }: Section<Uint8Array>): Section<string> => ({
  names: decodeText(names),
  data: decodeText(data),
  numbers,
  size: names.length + data.length,
});

// The empty text is the most frequent one, and needs no decoder.
const decodeText = (bytes: Uint8Array) => (bytes.length ? decode(bytes) : "");
