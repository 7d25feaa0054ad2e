/** Programs that come from the system's packages. */
import { readFile } from "node:fs/promises";
import { Failure, run, say } from "./run.mjs";
import { which } from "./which.mjs";

/**
 * What `find` finds. If it lacks something, root gets Debian's `packages` installed; elsewhere that is a failure,
 * in which `names` says how a person calls each.
 */
export async function systemPrograms(find, { need, packages, names }) {
  const missing = (found) => Object.keys(names).filter((key) => !found[key]);
  let found = find();
  if (missing(found).length && (await isDebianRoot())) {
    say(`installing ${packages.join(" and ")}`);
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-q"], { env });
    await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages], { env });
    found = find();
  }
  const lacking = missing(found).map((key) => names[key]);
  if (lacking.length) throw new Failure(`${need}: install ${lacking.join(" and ")}`);
  return found;
}

async function isDebianRoot() {
  if (process.getuid?.() !== 0 || !which("apt-get")) return false;
  // Its relatives package Chromium differently.
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID="?debian"?$/m.test(release);
}
