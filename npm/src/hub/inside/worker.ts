/** The worker's script: the engine, away from the page. The build makes one file of it and of all that it needs. */

import type { Exports, Wasm } from "../../engine/index.js";
import type { Call, Started, ToPage, ToWorker } from "../messages.js";
import { createOutbox } from "./outbox.js";
import { createSource, type Source } from "./source.js";

/** The part of a worker's global object that is used: the compiler knows only a page's. */
const page = globalThis as unknown as {
  postMessage(message: Started | Call<ToPage>[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
};

const begin = (wasm: Exports) => {
  const sources = new Map<number, Source>();
  const outbox = createOutbox((calls) => page.postMessage(calls));

  // One for each function of the page, so that all sources share its calls.
  const refreshes: (() => Promise<void>)[] = [];
  const refreshing: ((well: boolean) => void)[] = [];
  const refresh = (number: number) => {
    refreshes[number] ??= async () => {
      const answer = new Promise<boolean>((resolve) => {
        refreshing[number] = resolve;
      });
      outbox.now([0, "refresh", number]);
      if (!(await answer)) throw new Error("the page's refresh failed");
    };
    return refreshes[number];
  };

  page.onmessage = ({ data }: MessageEvent<Call<ToWorker>[]>) => {
    for (const [number, name, ...values] of data) {
      if (name === "refreshed") {
        const [which, well] = values as Parameters<ToWorker["refreshed"]>;
        refreshing[which]?.(well);
      } else if (name === "ping") outbox.now([0, "alive"]);
      else if (name === "create") {
        const given = values as Parameters<ToWorker["create"]>;
        const source = createSource(wasm, outbox, refresh, number, given, () => sources.delete(number));
        sources.set(number, source);
      } else (sources.get(number)?.[name] as ((...all: unknown[]) => void) | undefined)?.(...values);
    }
  };
};

page.onmessage = async ({ data }: MessageEvent<Wasm>) => {
  try {
    // From bytes, this gives the module, too.
    const made = await WebAssembly.instantiate(data as BufferSource);
    const { exports } = made.instance ?? (made as unknown as WebAssembly.Instance);
    begin(exports as unknown as Exports);
    page.postMessage({});
  } catch (error) {
    page.postMessage({ error });
  }
};
