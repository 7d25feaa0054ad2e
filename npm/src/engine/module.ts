/** The wasm module's surface: numbers. The names and what they mean stand in `npm/engine/src/lib.rs`. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
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
  /** What is left out is 0, `retryAfterMs` NaN: so WebAssembly takes it. */
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
  feed(source: number, now: number): number;
  replayed(source: number): number;
  due(source: number): number;
  overdue(source: number, now: number): number;
  wait(): number;
  poll(source: number): number;
}

/** To UTF-8. */
export const encoder = new TextEncoder();
/** From UTF-8. Without the option, a byte order mark that is data would be taken for one that is not. */
export const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Puts bytes, or a text in UTF-8, where the module's next call looks for its input. */
export const write = (exports: Exports, input: Uint8Array | string): void => {
  const bytes = typeof input === "string" ? encoder.encode(input) : input;
  // Before the memory is looked at: making room may move it.
  const place = exports.room(bytes.length);
  new Uint8Array(exports.memory.buffer, place).set(bytes);
};

/** What the module's last call put out. Both are copies: the next call writes over it. */
export const read = <Numbers = Uint32Array>(exports: Exports): [text: string, numbers: Numbers] => {
  const place = exports.output();
  const { buffer } = exports.memory;
  const [text, length, numbers, count] = new Uint32Array(buffer, place, 4) as unknown as number[];
  return [
    decoder.decode(new Uint8Array(buffer, text, length)),
    new Uint32Array(buffer, numbers, count).slice() as Numbers,
  ];
};
