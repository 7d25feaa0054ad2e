/** What building and starting need: a recent Rust and Node, the wasm target, the npm dependencies. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { wasmTarget } from "./cargo.mjs";
import { unlessFresh } from "./fresh.mjs";
import { at } from "./paths.mjs";
import { Failure, run, say } from "./run.mjs";
import { which } from "./which.mjs";

export async function setUp() {
  checkNode();
  await checkRust();
  await addWasmTarget();
  await addRustSource();
  await installDependencies();
}

function checkNode() {
  // The bundler's own lower bound.
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Failure(`Node ${process.versions.node} is too old: install Node 20.19 or later`);
  }
}

async function checkRust() {
  if (!which("cargo")) throw new Failure("cargo was not found: install Rust with rustup");
  const wanted = (await readFile(at("Cargo.toml"), "utf8")).match(/rust-version = "([\d.]+)"/)[1];
  const found = (await run("rustc", ["--version"], { capture: true })).split(" ")[1];
  if (Number(found.split(".")[1]) < Number(wanted.split(".")[1])) {
    throw new Failure(
      `Rust ${found} is too old: Rust ${wanted} or later is needed, rustup update installs it`,
    );
  }
}

/** Whether the toolchain itself has it: Rust need not come from rustup. */
async function hasInRustlib(...path) {
  const sysroot = (await run("rustc", ["--print", "sysroot"], { capture: true })).trim();
  return existsSync(join(sysroot, "lib", "rustlib", ...path));
}

async function addWasmTarget() {
  if (await hasInRustlib(wasmTarget, "lib")) return;
  if (!which("rustup"))
    throw new Failure(`Rust's target ${wasmTarget} is missing: install it, or Rust by rustup`);
  say(`adding Rust's target ${wasmTarget}`);
  await run("rustup", ["target", "add", wasmTarget], { name: "rustup target add" });
}

/** What the npm package's wasm is made smaller with; without rustup it does without. */
async function addRustSource() {
  if ((await hasInRustlib("src", "rust", "library")) || !which("rustup")) return;
  say("adding the source of Rust's library");
  await run("rustup", ["component", "add", "rust-src"], { name: "rustup component add" }).catch(() =>
    say("going on without it"),
  );
}

/** Formatter and linter are left out of rustup's minimal profile. */
export async function addRustComponents() {
  for (const [component, command] of [
    ["rustfmt", "fmt"],
    ["clippy", "clippy"],
  ]) {
    const there = await run("cargo", [command, "--version"], { capture: true }).catch(() => undefined);
    if (there) continue;
    say(`adding Rust's ${component}`);
    await run("rustup", ["component", "add", component], { name: "rustup component add" });
  }
}

async function installDependencies() {
  const files = { inputs: [at("package-lock.json")], outputs: [at("node_modules/.package-lock.json")] };
  await unlessFresh("dependencies", files, async () => {
    say("installing the npm dependencies");
    // Not `npm ci`: it refuses a lock file that lacks another platform's optional packages.
    await npm(["install", "--no-save", "--no-audit", "--no-fund"]);
  });
}

/** npm, the very one that runs this script if one does. */
export async function npm(args, options) {
  const name = `npm ${args[0]}`;
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js")) return run(process.execPath, [script, ...args], { name, ...options });
  return run(which("npm") ?? "npm", args, { name, ...options });
}
