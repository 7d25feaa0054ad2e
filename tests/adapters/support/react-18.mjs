/** The oldest React that the hooks are for: it is installed apart, beside the one of today. */

import { join } from "node:path";
import { unlessFresh } from "../../../scripts/lib/fresh.mjs";
import { npm } from "../../../scripts/lib/setup.mjs";
import { root } from "../../packaging/support/package.mjs";

const folder = join(root, "tests/adapters/react-18");

/** Installs it unless it is; gives the folder that it is in. */
export async function react18() {
  const files = {
    inputs: [join(folder, "package-lock.json")],
    outputs: [join(folder, "node_modules/.package-lock.json")],
  };
  await unlessFresh("react-18", files, async () => {
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await npm(["ci", "--prefix", folder, ...quiet], { cwd: folder, capture: true });
  });
  return join(folder, "node_modules");
}
