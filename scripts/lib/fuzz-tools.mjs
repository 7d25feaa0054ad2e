/** What only fuzzing needs: a nightly compiler, for the instrumentation, and cargo-fuzz. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toolCache } from "./paths.mjs";
import { Failure, run, say } from "./run.mjs";
import { which } from "./which.mjs";

const version = "0.13.2";

/** The path of cargo-fuzz and the environment to run it in. Installs what is missing. */
export async function fuzzTools() {
  if (process.platform === "win32") throw new Failure("fuzzing needs Linux or macOS");
  if (!which("rustup")) throw new Failure("fuzzing needs a nightly compiler: install Rust with rustup");
  if (!process.env.CXX && !which("c++", "g++", "clang++"))
    throw new Failure("fuzzing needs a C++ compiler: install g++ or clang, or name one in CXX");
  await addNightly();
  return { cargoFuzz: await cargoFuzz(), env: { RUSTUP_TOOLCHAIN: "nightly", RUSTFLAGS: undefined } };
}

async function addNightly() {
  // Of any day: an old one is not updated.
  const there = await run("rustup", ["toolchain", "list"], { capture: true, name: "rustup toolchain list" });
  if (/^nightly-(?!\d)/m.test(there)) return;
  say("installing Rust's nightly toolchain (once)");
  await run("rustup", ["toolchain", "install", "nightly", "--profile", "minimal", "--no-self-update"], {
    name: "rustup toolchain install nightly",
  });
}

async function cargoFuzz() {
  const home = join(toolCache, `cargo-fuzz-${version}`);
  const file = join(home, "bin", "cargo-fuzz");
  if (!existsSync(file)) {
    say(`building cargo-fuzz ${version} (once; some minutes)`);
    await mkdir(home, { recursive: true });
    const args = ["install", "cargo-fuzz", "--version", version, "--locked", "--root", home];
    await run("cargo", args, {
      name: "cargo install cargo-fuzz",
      // It only starts other programs. Built in a temporary target folder, which cargo removes.
      env: { CARGO_PROFILE_RELEASE_OPT_LEVEL: "1", CARGO_TARGET_DIR: undefined, RUSTFLAGS: undefined },
    });
  }
  return file;
}
