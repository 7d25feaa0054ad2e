/** Where things are. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(import.meta.url), "../../..");

/** The absolute path of something in the checkout. */
export const at = (...parts) => join(root, ...parts);

/** Tools that the checks need are kept here, apart from the ones the user has installed. */
export const toolCache = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "typed-eventsource",
  "tools",
);
