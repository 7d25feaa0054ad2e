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
import { type Exports, encode } from "./module.js";
import type { CreateEngine, Script, Start, Wasm, WasmModule } from "./seam.js";

/**
 * Where the engine can come from: the URL of its wasm, a response with it, its bytes, or compiled; or `engine` of
 * `typed-eventsource/engine.js`, which is the same engine as JavaScript.
 */
export type EngineModule =
  | PlatformUrl
  | string
  | PlatformResponse
  | BufferSource
  | WasmModule
  | (() => object);

/** The options of {@link init}. */
export interface InitOptions {
  /**
   * The wasm, which the package also exports as `typed-eventsource/engine.wasm`, or the same engine as JavaScript. Default:
   * the inlined wasm.
   */
  readonly module?: EngineModule | undefined;
}

let given: Promise<Wasm | Script> | undefined;
let started: Promise<CreateEngine> | undefined;

/**
 * Starts the engine before the first `connect()` would, or takes it from elsewhere.
 *
 * Nobody has to call this. It serves pages that want the engine earlier, or the wasm from a file, such as one that
 * they have already compiled; the inlined one is part of the package's code all the same, but then not compiled. Once
 * the engine has started, or is starting, it has no effect; after a failure the inlined wasm is next.
 *
 * Where WebAssembly is missing or refused, the package imports the same engine as JavaScript by itself. Service workers
 * forbid `import()`: where they lack WebAssembly too, give `init()` the engine of `typed-eventsource/engine.js`, which then
 * is part of your code.
 *
 * @returns a promise that is fulfilled when the engine runs
 * @throws EventSourceError `start-failed`
 *
 * @example
 * ```ts
 * init({ module: "/assets/engine.wasm" }); // a copy of it that the server has
 * init({ module: new URL("typed-eventsource/engine.wasm", import.meta.url) }); // Vite, webpack
 * init({ module: engine }); // a service worker without WebAssembly: import { engine } from "typed-eventsource/engine.js"
 * ```
 */
export const init = async ({ module }: InitOptions = {}): Promise<void> => {
  if (!started && module) given = loaded(module);
  await start().catch((cause) => {
    throw startError(cause);
  });
};

/** Gives the function that makes engines, once the module runs. All share one instance. A failed start is tried anew. */
export const start: Start = () => {
  started ??= load().catch((cause) => {
    started = given = undefined;
    throw cause;
  });
  return started;
};

/** The module that was given, or the inlined wasm. */
export const wasm = async (): Promise<Wasm | Script> => given ?? inlined();

const load = async () => {
  try {
    return await run(await wasm());
  } catch (cause) {
    // What was given may itself be wrong.
    if (given && !isRefused()) throw cause;
    const { engine } = await import("../wasm/engine.js").catch((error) => {
      const failed = `WebAssembly failed (${messageOf(cause)}) and so did its JavaScript (${messageOf(error)})`;
      const help = "the next connect() tries again; init() with typed-eventsource/engine.js needs neither";
      throw new Error(`${failed}: ${help}`, { cause });
    });
    return run(engine);
  }
};

/** Whether there is no WebAssembly, or a policy that refuses even a module of nothing. */
const isRefused = () => {
  try {
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return false;
  } catch {
    return true;
  }
};

const run = async (module: Wasm | Script): Promise<CreateEngine> => {
  const isScript = typeof module === "function";
  const exports = isScript ? module() : (await instance(module)).exports;
  const create = createEngines(exports as Exports);
  return (host, ...all) => {
    if (isScript) host.stats.engine = "page-js";
    return create(host, ...all);
  };
};

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
const loaded = async (module: EngineModule): Promise<Wasm | Script> => {
  const from = typeof module === "string" || module instanceof URL ? await fetch(module) : module;
  if (!(from instanceof Response)) return from;
  if (!from.ok) throw new Error(`${from.url} answered with status ${from.status}`);
  return from.arrayBuffer();
};

const inlined = (): Wasm => {
  // Decoded in place: a byte never lies behind the characters that stand for it.
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

/** Says why the engine did not start. */
export const startError = (cause: unknown): EventSourceError =>
  new EventSourceError("start-failed", `cannot start the engine: ${messageOf(cause)}`, { cause });
