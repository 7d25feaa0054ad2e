/** What only fuzzing needs: a nightly compiler, for the instrumentation, and cargo-fuzz. */
import { cargoTool } from "./cargo-tool.mjs";
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
  return {
    cargoFuzz: await cargoTool("cargo-fuzz", version),
    env: { RUSTUP_TOOLCHAIN: "nightly", RUSTFLAGS: undefined },
  };
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
