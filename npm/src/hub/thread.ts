import type { Script, Wasm } from "../engine/index.js";
import type { Call, Started, ToPage, ToWorker } from "./messages.js";
import { createProbe } from "./probe.js";

/** How long a worker may take to start, in milliseconds. */
const patience = 10_000;

/** Hears what the worker says of one source. */
export interface Receiver extends Omit<ToPage, "refresh" | "alive"> {
  /** The worker has died. `isSilent`: it was ended from outside, so that another one may do better. */
  died(why: string, isSilent: boolean): void;
}

/** A worker with the engine in it, for all sources of the page that name the same script. */
export interface Thread {
  /** Fulfilled when the engine runs. */
  readonly ready: Promise<void>;
  /** Takes a source in: from now on the worker is needed. */
  enter(receiver: Receiver): number;
  /** Lets a source go. With the last one the worker ends, and so do its requests. */
  leave(source: number): void;
  /** Says something to the worker, together with what else is said in this turn. */
  post(...call: Call<ToWorker>): void;
  /** Asks the worker whether it lives: if the system has ended it, no event tells so. */
  probe(): void;
  /** The number of a function that sources may share. */
  numberOf(refresh: () => Promise<unknown>): number;
}

const threads = new Map<string, Thread>();

/** Where a worker's script can come from; a page that enforces Trusted Types wants a `TrustedScriptURL`. */
export type ScriptUrl = string | URL | { toString(): string };

/** The module with the package's own script. */
export interface OwnScript {
  readonly script: string;
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): ScriptUrl };
}

let trusted: { createScriptURL(url: string): ScriptUrl } | undefined;

/** The address of the package's own script: no bundler has to know of it. */
const addressOf = ({ script }: OwnScript): ScriptUrl => {
  trusted ??= (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy(
    "typed-eventsource",
    { createScriptURL: String },
  );
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return trusted?.createScriptURL(url) ?? url;
};

/**
 * Gives the worker of a script, which is started unless it runs.
 *
 * @param scriptUrl - its URL; `undefined` for the package's own
 * @param own - the package's own, if there is no URL
 * @param wasm - gives the engine's wasm
 * @param callRefresh - calls a function that sources may share; gives whether it succeeded
 */
export const threadOf = (
  scriptUrl: ScriptUrl | undefined,
  own: Promise<OwnScript> | undefined,
  wasm: () => Promise<Wasm | Script>,
  callRefresh: (refresh: () => Promise<unknown>) => Promise<boolean>,
): Thread => {
  const url = scriptUrl ? `${scriptUrl}` : "";
  const there = threads.get(url);
  if (there) return there;

  const receivers = new Map<number, Receiver>();
  const refreshes: (() => Promise<unknown>)[] = [];
  let count = 0;
  let worker: Worker | undefined;
  let calls: Call<ToWorker>[] = [];
  // Ends the wait for the worker's start.
  let ended = () => {};

  const end = () => {
    threads.delete(url);
    probe.heard();
    worker?.terminate();
    worker = undefined;
  };

  const die = (why: string, isSilent: boolean) => {
    const all = [...receivers.values()];
    receivers.clear();
    end();
    for (const { died } of all) died(why, isSilent);
  };

  const post = (...call: Call<ToWorker>) => {
    if (calls.push(call) > 1) return;
    queueMicrotask(() => {
      const all = calls;
      calls = [];
      worker?.postMessage(all);
    });
  };

  const probe = createProbe(
    () => post(0, "ping"),
    () => die("it does not answer", true),
  );

  const hear = ({ data }: MessageEvent<Call<ToPage>[]>) => {
    probe.heard();
    for (const [source, name, ...values] of data)
      if (name === "refresh") {
        const [number] = values as Parameters<ToPage["refresh"]>;
        const refresh = refreshes[number] as () => Promise<unknown>;
        callRefresh(refresh).then((well) => post(0, "refreshed", number, well));
      }
      // A call that was under way when its source was closed is not heard.
      else
        (receivers.get(source)?.[name as keyof Receiver] as ((...all: unknown[]) => void) | undefined)?.(
          ...values,
        );
  };

  const start = async () => {
    const module = await wasm();
    // The page runs it then.
    if (typeof module === "function") throw new Error("JavaScript does not cross to a worker");
    const address = scriptUrl ?? addressOf(await (own as Promise<OwnScript>));
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      // All sources may have been closed meanwhile.
      if (!receivers.size) return;
      const made = new Worker(address as string);
      worker = made;
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no worker within ${patience} ms`)), patience);
        made.onmessage = ({ data: { error } }: MessageEvent<Started>) => (error ? reject(error) : resolve());
        // A page's policy may forbid the worker. Only some browsers throw then; others tell by this event.
        made.onerror = (event) => {
          event.preventDefault();
          reject(new Error(event.message || "the worker did not start"));
        };
        made.postMessage(module);
        ended = resolve;
      });
      made.onmessage = hear;
      made.onerror = ({ message }) => die(message, false);
    } finally {
      clearTimeout(timer);
      if (!url) URL.revokeObjectURL(`${address}`);
    }
  };
  const thread: Thread = {
    ready: start(),
    enter(receiver) {
      receivers.set(++count, receiver);
      return count;
    },
    leave(source) {
      if (!receivers.delete(source)) return;
      if (receivers.size) return post(source, "close");
      end();
      ended();
    },
    post,
    probe: () => worker && probe.ask(),
    numberOf(refresh) {
      const number = refreshes.indexOf(refresh);
      return number < 0 ? refreshes.push(refresh) - 1 : number;
    },
  };
  threads.set(url, thread);
  return thread;
};
