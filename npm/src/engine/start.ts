import {
  type BufferSource,
  EventSourceError,
  messageOf,
  type Response as PlatformResponse,
  type URL as PlatformUrl,
} from "../base/index.js";
// Not in a chunk of its own: another round trip would take longer than the rest of the start.
import { wasm as inline } from "../wasm/inline.js";
import { createEngines } from "./engine.js";
import { type Exports, encoder } from "./module.js";
import type { CreateEngine, Start, Wasm, WasmModule } from "./seam.js";

/** Where the engine's wasm can come from: its URL, a response with it, its bytes, or compiled. */
export type EngineModule = PlatformUrl | string | PlatformResponse | BufferSource | WasmModule;

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

/** Gives the function that makes engines, once the wasm runs. All share one instance. A failed start is tried anew. */
export const start: Start = () => {
  started ??= load().catch((cause) => {
    started = given = undefined;
    throw cause;
  });
  return started;
};

/** The wasm: the one that was given, or the inlined one. */
export const wasm = async (): Promise<Wasm> => given ?? inlined();

const load = async () => createEngines((await instance(await wasm())).exports as unknown as Exports);

const instance = async (wasm: Wasm): Promise<WebAssembly.Instance> => {
  try {
    // Compiled on this thread: to ask another one takes longer than to compile so little.
    return new WebAssembly.Instance(
      wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(wasm as BufferSource),
    );
  } catch {
    // Until 2023 Chrome refused that in a page. Any other error comes again here. From bytes, this gives the module, too.
    const made = await WebAssembly.instantiate(wasm as BufferSource);
    return made.instance ?? made;
  }
};

// A function of its own, so that a bundler drops it if nobody calls `init`.
const loaded = async (module: EngineModule): Promise<Wasm> => {
  const from = typeof module === "string" || module instanceof URL ? await fetch(module) : module;
  if (!(from instanceof Response)) return from;
  if (!from.ok) throw new Error(`${from.url} answered with status ${from.status}`);
  return from.arrayBuffer();
};

const inlined = (): Wasm => {
  // Decoded in place: a byte never lies behind the characters that stand for it.
  const bytes = encoder.encode(inline);
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

/** Says why the engine did not start. A policy is a reason that no platform has a code for. */
export const startError = (cause: unknown): EventSourceError => {
  const why = messageOf(cause);
  // As Chromium, Firefox and Safari word it.
  const isForbidden = /CSP|eval|embedder/.test(why);
  // What has no location has no policy either, and compiles nothing at all: Cloudflare Workers and their like.
  const hint = globalThis.location
    ? " (script-src must allow 'wasm-unsafe-eval')"
    : " (give init({ module }) a compiled one)";
  return new EventSourceError("start-failed", `cannot start the engine${isForbidden ? hint : ""}: ${why}`, {
    cause,
  });
};
