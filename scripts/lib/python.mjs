/** Python with packages of its own, apart from those that the user has. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { toolCache } from "./paths.mjs";
import { run, say } from "./run.mjs";
import { which } from "./which.mjs";

/** The Python that has what a file of requirements names; or a sentence that says why there is none. */
export async function python(requirements) {
  const found = process.env.PYTHON || which("python3", "python");
  if (!found) return { missing: "Python was not found: install python3 (or PYTHON=path)" };
  const hash = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
  const folder = join(toolCache, `python-${hash}`);
  const program = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const works = () => run(program, ["-m", "pip", "check"], { capture: true });
  // An installation that was broken off leaves packages out, which `pip check` would not miss.
  const done = join(folder, "complete");
  if (existsSync(done)) return { program };
  say(`installing Python's packages for tests in ${folder}`);
  try {
    await rm(folder, { recursive: true, force: true });
    await run(found, ["-m", "venv", folder], { capture: true });
    await run(program, [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "-r",
      requirements,
    ]);
    await works();
    await run(program, ["-c", `open(${JSON.stringify(done)}, "w").close()`]);
    return { program };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    return { missing: `Python's packages could not be installed: ${error.message}` };
  }
}
