/** What only the tests need: wasm-pack, its test runner, a browser and its driver. */
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { lockedVersion } from "./cargo.mjs";
import { toolCache } from "./paths.mjs";
import { Failure, run, say } from "./run.mjs";
import { which } from "./which.mjs";

const wasmPackVersion = "0.15.1";
/** Of 0.x: the first one that knows today's bindings. */
const oldestWasmPack = 13;

// Tools are built once and run seldom: building them fast matters more than what they do with the time.
const quickBuild = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_LTO: "false",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
};

/** The folders with wasm-pack and the bindings' test runner, for PATH. Builds what is missing. */
export async function wasmTools() {
  // The runner refuses tests that were built with another version of the bindings.
  const bindings = await lockedVersion("wasm-bindgen");
  const runner =
    (await onPath("wasm-bindgen-test-runner", (version) => version === bindings)) ??
    (await install("wasm-bindgen-cli", bindings, "wasm-bindgen", "wasm-bindgen-test-runner", []));
  const pack =
    (await onPath("wasm-pack", isRecentWasmPack)) ??
    (await install("wasm-pack", wasmPackVersion, "wasm-pack", "wasm-pack", ["--locked"]));
  return { wasmPack: pack, folders: [dirname(pack), dirname(runner)] };
}

function isRecentWasmPack(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 0 || minor >= oldestWasmPack;
}

/** The program on PATH if its version will do. */
async function onPath(name, fits) {
  const file = which(name);
  if (!file) return undefined;
  const printed = await run(file, ["--version"], { capture: true }).catch(() => "");
  const version = printed.match(/\d+\.\d+\.\d+/)?.[0];
  return version && fits(version) ? file : undefined;
}

async function install(crate, version, folder, program, flags) {
  const home = join(toolCache, `${folder}-${version}`);
  const file = join(home, "bin", process.platform === "win32" ? `${program}.exe` : program);
  if (!existsSync(file)) {
    say(`building ${crate} ${version} (once; some minutes)`);
    await mkdir(home, { recursive: true });
    await run("cargo", ["install", crate, "--version", version, "--root", home, ...flags], {
      name: `cargo install ${crate}`,
      // In a temporary target folder, which cargo removes.
      env: { ...quickBuild, CARGO_TARGET_DIR: undefined, RUSTFLAGS: undefined },
    });
  }
  return file;
}

/** Chromium and chromedriver. On Debian root gets them installed; elsewhere they must be there. */
export async function browser() {
  let found = findBrowser();
  if (!(found.chromium && found.chromedriver) && (await isDebianRoot())) {
    say("installing Chromium and its driver");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-q"], { env });
    const packages = ["chromium", "chromium-driver"];
    await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages], { env });
    found = findBrowser();
  }
  const { chromium, chromedriver } = found;
  if (!chromium || !chromedriver) {
    const missing = [
      !chromium && "Chromium (or CHROMIUM=path)",
      !chromedriver && "chromedriver (or CHROMEDRIVER=path)",
    ];
    throw new Failure(`the browser tests need a browser: install ${missing.filter(Boolean).join(" and ")}`);
  }
  return found;
}

const findBrowser = () => ({
  chromium: process.env.CHROMIUM || which("chromium", "chromium-browser", "google-chrome"),
  chromedriver: process.env.CHROMEDRIVER || which("chromedriver"),
});

async function isDebianRoot() {
  if (process.getuid?.() !== 0 || !which("apt-get")) return false;
  // Its relatives package Chromium differently.
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID="?debian"?$/m.test(release);
}
