/** What cargo and its lock file know. */
import { readFile } from "node:fs/promises";
import { at } from "./paths.mjs";
import { Failure, run } from "./run.mjs";

export const wasmTarget = "wasm32-unknown-unknown";

export const cargo = (args, options) => run("cargo", args, { name: `cargo ${args[0]}`, ...options });

/** Builds with cargo and returns the files of the last artifact, wherever the target folder is. */
export async function cargoArtifact(args, options) {
  const [command, ...rest] = args;
  const output = await cargo([command, "--message-format=json-render-diagnostics", ...rest], {
    ...options,
    capture: true,
  });
  const artifacts = output
    .split("\n")
    .filter((line) => line.startsWith('{"reason":"compiler-artifact"'))
    .map((line) => JSON.parse(line));
  const last = artifacts.at(-1);
  if (!last) throw new Failure(`cargo reported no artifact: cargo ${args.join(" ")}`);
  return { filenames: last.filenames, executable: last.executable };
}

/** The version of a package in Cargo.lock. */
export async function lockedVersion(name) {
  const lock = await readFile(at("Cargo.lock"), "utf8");
  const found = lock.match(new RegExp(`\\[\\[package\\]\\]\\s+name = "${name}"\\s+version = "([^"]+)"`));
  if (!found) throw new Failure(`Cargo.lock has no package ${name}: run cargo generate-lockfile`);
  return found[1];
}
