import { EventSourceError, messageOf } from "../base/index.js";
// With the rest, not in a chunk of its own: another round trip takes longer than all else that starting takes.
import { wasm as inline } from "../wasm/inline.js";
import { createEngines } from "./engine.js";
import { type Exports, encode } from "./module.js";
import type { CreateEngine, Start, Wasm } from "./seam.js";

/** Where the engine's wasm can come from: its URL, a response with it, its bytes, or compiled. */
export type EngineModule = URL | string | Response | BufferSource | WebAssembly.Module;

/** The options of {@link init}. */
export interface InitOptions {
  /** The wasm, which the package also exports as `typed-eventsource/engine.wasm`. Default: the inlined one. */
  readonly module?: EngineModule | undefined;
}

let given: Promise<Wasm> | undefined;
let started: Promise<CreateEngine> | undefined;

/**
 * Starts the wasm engine before the first `connect()` would, or takes it from elsewhere.
 *
 * Nobody has to call this. It serves pages that want the engine earlier, or the wasm from a file, such as one that
 * they have already compiled; the inlined one is part of the package's code all the same, but then not compiled. Once
 * the engine has started, or is starting, it has no effect; after a failure the inlined wasm is next.
 *
 * @returns a promise that is fulfilled when the engine runs
 * @throws EventSourceError `start-failed`
 *
 * @example
 * ```ts
 * init({ module: "/assets/engine.wasm" }); // a copy of it that the server has
 * init({ module: new URL("typed-eventsource/engine.wasm", import.meta.url) }); // Vite, webpack
 * ```
 */
export const init = async ({ module }: InitOptions = {}): Promise<void> => {
  if (!started && module) given = loaded(module);
  await start().catch((cause) => {
    throw startError(cause);
  });
};

/** Gives what makes engines, once the wasm runs: one instance, whoever asks. A failed start is tried anew. */
export const start: Start = () => {
  started ??= load().catch((cause) => {
    started = given = undefined;
    throw cause;
  });
  return started;
};

/** The wasm, wherever it comes from. */
export const wasm = async (): Promise<Wasm> => given ?? inlined();

const load = async () => createEngines((await instance(await wasm())).exports as unknown as Exports);

const instance = async (wasm: Wasm): Promise<WebAssembly.Instance> => {
  try {
    // Here and now: to ask another thread takes longer than to compile so little.
    return new WebAssembly.Instance(wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(wasm));
  } catch {
    // Until 2023 Chrome refused that in a page. What else is wrong is wrong here too; of bytes there comes the module, too.
    const made = await WebAssembly.instantiate(wasm as BufferSource);
    return made.instance ?? made;
  }
};

// Apart from the rest, so that a bundler drops it where nobody calls `init`.
const loaded = async (module: EngineModule): Promise<Wasm> => {
  const from = typeof module === "string" || module instanceof URL ? await fetch(module) : module;
  if (!(from instanceof Response)) return from;
  if (!from.ok) throw new Error(`${from.url} answered with status ${from.status}`);
  return from.arrayBuffer();
};

const inlined = (): Wasm => {
  // In place: no byte comes behind the characters that stand for it.
  const bytes = encode(inline);
  const end = bytes.length;
  let length = 0;
  // As few steps as can be, since most run before they are compiled.
  for (let place = 0; place < end; ) {
    let byte = (bytes[place++] as number) - 35;
    // As the build has written it: an exclamation mark or a space says that what follows stands for a large byte.
    if (byte < 0) byte = (bytes[place++] as number) - 127 - 92 * byte;
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
};

/** Says why the engine did not start. A page's own policy is a reason that no browser has a code for. */
export const startError = (cause: unknown): EventSourceError => {
  const why = messageOf(cause);
  // As Chromium, Firefox and Safari word it.
  const policy = /CSP|eval|embedder/.test(why) ? " (script-src must allow 'wasm-unsafe-eval')" : "";
  return new EventSourceError("start-failed", `cannot start the engine${policy}: ${why}`, { cause });
};
