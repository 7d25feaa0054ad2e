/** What only the tests need: wasm-pack, its test runner, a browser and its driver. */
import { dirname } from "node:path";
import { lockedVersion } from "./cargo.mjs";
import { cargoTool } from "./cargo-tool.mjs";
import { run } from "./run.mjs";
import { systemPrograms } from "./system-programs.mjs";
import { which } from "./which.mjs";

const wasmPackVersion = "0.15.1";
/** Of 0.x: the first one that knows today's bindings. */
const oldestWasmPack = 13;
const bindingsRunner = { folder: "wasm-bindgen", program: "wasm-bindgen-test-runner", flags: [] };

/** The folders with wasm-pack and the bindings' test runner, for PATH. Builds what is missing. */
export async function wasmTools() {
  // The runner refuses tests that were built with another version of the bindings.
  const bindings = await lockedVersion("wasm-bindgen");
  const runner =
    (await onPath("wasm-bindgen-test-runner", (version) => version === bindings)) ??
    (await cargoTool("wasm-bindgen-cli", bindings, bindingsRunner));
  const pack =
    (await onPath("wasm-pack", isRecentWasmPack)) ?? (await cargoTool("wasm-pack", wasmPackVersion));
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

/** Redis. On Debian root gets it installed; elsewhere it must be there. */
export const redisServer = () =>
  systemPrograms(() => ({ redis: process.env.REDIS_SERVER || which("redis-server") }), {
    need: "the tests of logs in Redis need it",
    packages: ["redis-server"],
    names: { redis: "redis-server (or REDIS_SERVER=path)" },
  });

/** What stands around two nodes: the log behind them, and the proxy before them. */
export const proxies = () =>
  systemPrograms(
    () => ({
      redis: process.env.REDIS_SERVER || which("redis-server"),
      nginx: process.env.NGINX || which("nginx"),
    }),
    {
      need: "the tests of two nodes need a log and a proxy",
      packages: ["redis-server", "nginx"],
      names: { redis: "redis-server (or REDIS_SERVER=path)", nginx: "nginx (or NGINX=path)" },
    },
  );

/** Chromium and chromedriver. On Debian root gets them installed; elsewhere they must be there. */
export const browser = () =>
  systemPrograms(
    () => ({
      chromium: process.env.CHROMIUM || which("chromium", "chromium-browser", "google-chrome"),
      chromedriver: process.env.CHROMEDRIVER || which("chromedriver"),
    }),
    {
      need: "the browser tests need a browser",
      packages: ["chromium", "chromium-driver"],
      names: { chromium: "Chromium (or CHROMIUM=path)", chromedriver: "chromedriver (or CHROMEDRIVER=path)" },
    },
  );
