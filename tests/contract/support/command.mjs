/** The package's command, as npm links it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { at } from "../../../scripts/lib/paths.mjs";

const run = promisify(execFile);

/** Runs the command in a folder; gives its exit code, and what it says. */
export async function command(cwd, ...args) {
  const program = at("npm/bin/typed-eventsource.mjs");
  const ended = run(process.execPath, [program, ...args], { cwd });
  return ended.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
  );
}

/** A folder that finds the package and what it is tested with. */
export async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  t.after(() => rm(path, { recursive: true }));
  await symlink(at("node_modules"), join(path, "node_modules"), "junction");
  return path;
}
