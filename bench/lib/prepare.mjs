/** What the benchmarks need: the peers, the server, the Rust consumer, and a page with all of them in it. */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "../../scripts/build.mjs";
import { cargoArtifact, lockedVersion, wasmTarget } from "../../scripts/lib/cargo.mjs";
import { cargoTool } from "../../scripts/lib/cargo-tool.mjs";
import { unlessFresh } from "../../scripts/lib/fresh.mjs";
import { wasmOpt } from "../../scripts/lib/node-tool.mjs";
import { at, root } from "../../scripts/lib/paths.mjs";
import { Failure, run, say } from "../../scripts/lib/run.mjs";
import { npm } from "../../scripts/lib/setup.mjs";
import { freshModules } from "./contestants.mjs";
import { writeStreams } from "./data.mjs";
import { withLinesOfTheirOwn } from "./groups.mjs";

const folder = at("bench/dist");

/** Builds what is missing; gives the server's program, the folder it serves, and what the streams' laps have. */
export async function prepare() {
  await build();
  await installPeers();
  say("building the server and the Rust consumer");
  const program = await buildServer();
  const client = await buildClient();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile(join(client, "client_bg.wasm"), join(folder, "client.wasm"));
  await bundle(join(client, "client.js"));
  await copyFile(at("bench/page/index.html"), join(folder, "index.html"));
  await buildFresh();
  return { program, folder, laps: await writeStreams(folder) };
}

async function installPeers() {
  const files = {
    inputs: [at("bench/package-lock.json")],
    outputs: [at("bench/node_modules/.package-lock.json")],
  };
  await unlessFresh("bench-peers", files, async () => {
    say("installing what is measured against");
    // In the page runs what they ship: which Node they ask for does not matter, nor do their scripts.
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await npm(["ci", ...quiet], { cwd: at("bench") });
  });
}

/** The version of each peer that is installed. */
export async function peerVersions() {
  const { dependencies } = JSON.parse(await readFile(at("bench/package.json"), "utf8"));
  return dependencies;
}

/** What the bench's own workspace builds; what it shares with the library's is compiled once. */
export const benchCargo = {
  args: ["--locked", "--manifest-path", at("bench/Cargo.toml")],
  env: { CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR || at("target") },
};

async function artifact(name, ...more) {
  const args = ["build", ...benchCargo.args, "--release", "--package", name, ...more];
  return cargoArtifact(args, { env: benchCargo.env });
}

const buildServer = async () => (await artifact("typed-eventsource-bench-server")).executable;

/** Builds the Rust consumer as an app is built for release; gives the folder with its wasm and its bindings. */
async function buildClient() {
  const { filenames } = await artifact("typed-eventsource-bench-client", "--target", wasmTarget);
  const wasm = filenames.find((name) => name.endsWith(".wasm"));
  if (!wasm) throw new Failure("cargo built no wasm of the Rust consumer");
  const out = join(dirname(wasm), "bench-client");
  const inputs = [wasm, at("bench/lib/prepare.mjs")];
  await unlessFresh("bench-client", { inputs, outputs: [out] }, async () => {
    await rm(out, { recursive: true, force: true });
    // Bindings of another version are refused.
    const version = await lockedVersion("wasm-bindgen");
    const options = { folder: "wasm-bindgen", program: "wasm-bindgen", flags: [] };
    const program = await cargoTool("wasm-bindgen-cli", version, options);
    const names = ["--out-name", "client", "--no-typescript", "--omit-default-module-path"];
    await run(program, [wasm, "--target", "web", "--keep-debug", "--out-dir", out, ...names]);
    const optimized = join(out, "client_bg.wasm");
    // Names are for profiles: the code is the same, byte for byte.
    await wasmOpt([optimized, "-o", optimized, "-O3", "--detect-features", "--debuginfo"]);
  });
  return out;
}

/** Bundles the page and, each for itself, what is imported to see how long that takes. */
async function bundle(client) {
  const { build, transform } = await import("esbuild");
  const options = {
    // From there on modules are named.
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    splitting: true,
    target: "es2024",
    logLevel: "warning",
    alias: { "typed-eventsource": at("dist/index.js"), "bench-client": client },
  };
  // Names are for profiles, and lines: the modules that the published files are made of have both.
  const alias = { ...options.alias, "typed-eventsource": at("npm/modules/index.js") };
  await build({ ...options, alias, entryPoints: { main: at("bench/page/main.mjs") }, outdir: folder });
  const page = join(folder, "main.js");
  const bundled = await readFile(page, "utf8");
  const script = withLinesOfTheirOwn(bundled);
  const [before, after] = await Promise.all(
    [bundled, script].map((text) => transform(text, { minifyWhitespace: true })),
  );
  if (before.code !== after.code) throw new Failure("the page's script would be another with other lines");
  await writeFile(page, script);
  for (const name of ["ours", "parser"]) {
    const entryPoints = { [name]: at(`bench/page/ready/${name}.mjs`) };
    await build({ ...options, minify: true, entryPoints, outdir: join(folder, "ready") });
  }
}

/** Builds the fresh pages: each is a Vite app of its own, which imports its contestants when it is told to. */
async function buildFresh() {
  const { build } = await import("vite");
  for (const name of freshModules) {
    const alias = {
      contestants: at(`bench/page/fresh/${name}.mjs`),
      "typed-eventsource": at("dist/index.js"),
    };
    await build({
      root: at("bench/page"),
      // Files are found beside each other, wherever they are served.
      base: "./",
      configFile: false,
      logLevel: "warn",
      resolve: { alias },
      build: {
        outDir: join(folder, "fresh", name),
        emptyOutDir: true,
        rollupOptions: { input: at("bench/page/fresh.html") },
      },
    });
  }
}
