/** Engines that are elsewhere: in a worker, with another source, or both. */
import type { CreateEngine } from "../engine/index.js";
import { shared } from "./share/shared.js";
import type { OwnScript, ScriptUrl } from "./thread.js";
import type { Tools } from "./tools.js";
import { inWorker } from "./worker.js";

/** Where a source wants its engine. */
export interface Away extends Tools {
  readonly settings: {
    /** Whether it is in a worker, and the URL of that one's script. */
    readonly worker: boolean | { readonly url: ScriptUrl } | undefined;
    /** Whether it is that of others, too, and what says of which. */
    readonly share: boolean | { readonly key: string } | undefined;
  };
  /** The package's own script, if there is no URL. */
  readonly script: Promise<OwnScript | undefined> | undefined;
}

export const away = async ({ settings, script, ...tools }: Away): Promise<CreateEngine> => {
  const { worker, share } = settings;
  const { url } = Object(worker) as { url?: ScriptUrl };
  const create = worker ? inWorker({ ...tools, url, script }) : await tools.start();
  return share ? shared(create, share, tools) : create;
};
