/**
 * What is checked. `quick` is npm test, in this order. npm run test:all goes on with `lanes`, at the same time: most of their
 * steps wait for a browser, or for a clock, more than they compute. `last` comes after all of them.
 */

import { benchmark } from "../bench/bench.mjs";
import { build } from "./build.mjs";
import { compareTable } from "./engines.mjs";
import { fuzz } from "./fuzz.mjs";
import { auditCrates, auditPackages } from "./lib/audit.mjs";
import { cargo, wasmTarget } from "./lib/cargo.mjs";
import { packageCrate } from "./lib/crate.mjs";
import { adapterCratesIn, browserTests, pacedBrowserTests, testIn } from "./lib/engine-tests.mjs";
import { engines } from "./lib/engines.mjs";
import { biome, tsc } from "./lib/node-tool.mjs";
import { buildPage } from "./lib/page.mjs";
import { at } from "./lib/paths.mjs";
import {
  adapterTests,
  assistantTests,
  benchTests,
  contractTests,
  deliveryTests,
  environmentTests,
  eventSourceTests,
  faultTests,
  interopTests,
  nodeProperties,
  nodeTests,
  otherEnginesTests,
  pacedFaultTests,
  pacedTests,
  packagingTests,
  pageTests,
  scaleTests,
  scriptTests,
  soakTests,
  workerFaultTests,
  workerTests,
} from "./lib/suites.mjs";
import { redisServer } from "./lib/test-tools.mjs";
import { size } from "./size.mjs";

const wasm = ["--target", wasmTarget];
const denyWarnings = ["--", "-D", "warnings"];

/**
 * Each step has a name, what it runs and, where half an hour might not do, a limit in minutes. A limit ends what hangs: on a
 * machine with four busy processes beside it, a step takes five times as long as on an idle one, and is to pass.
 */
export const quick = [
  { name: "format: Rust", run: () => cargo(["fmt", "--all", "--check"]) },
  { name: "format and lint: TypeScript", run: () => biome(["ci", "--error-on-warnings", "."]) },
  {
    name: "clippy: host, all features",
    run: () => cargo(["clippy", "--workspace", "--all-targets", "--all-features", ...denyWarnings]),
  },
  {
    name: "clippy: host, no features",
    run: () => cargo(["clippy", "--all-targets", "--no-default-features", ...denyWarnings]),
  },
  { name: "clippy: wasm, all features", run: clippyWasm },
  { name: "build: wasm, no features", run: () => cargo(["build", "--no-default-features", ...wasm]) },
  { name: "tests: host", run: () => cargo(["test", "--workspace", "--all-features"]) },
  {
    name: "docs",
    run: () =>
      cargo(["doc", "--no-deps", "--workspace", "--all-features"], { env: { RUSTDOCFLAGS: "-D warnings" } }),
  },
  { name: "npm package", run: build },
  { name: "tests: contract", run: contractTests },
  { name: "size of the npm package", run: size },
  {
    name: "types of the npm package",
    run: types,
  },
  { name: "demo page", run: page },
  { name: "tests: what benchmarks tell", run: benchTests },
  { name: "tests: npm package", run: nodeTests },
  { name: "example: assistant", run: assistantTests },
  { name: "tests: drop-in EventSource", run: eventSourceTests },
  { name: "tests: npm package as published", run: packagingTests },
  { name: "tests: demo page", run: pageTests },
  { name: "tests: browser", run: browserTests },
  { name: "crate as published", run: packageCrate },
];

/** Those that wasm-pack builds are in one lane: each build replaces the one before, which is compiled for another server. */
const browsers = [
  { name: "adapters for Leptos, Yew and Dioxus", run: rustAdapters, minutes: 90 },
  { name: "tests: browser, events frame by frame", run: pacedBrowserTests, minutes: 90 },
  { name: "tests: Firefox", run: () => testIn(engines.firefox), minutes: 90 },
  { name: "tests: WebKit", run: () => testIn(engines.webkit), minutes: 90 },
];

const others = [
  {
    name: "tests: properties, 10,000 cases each",
    run: () => properties(10_000),
    minutes: 90,
  },
  { name: "tests: logs in Redis", run: redisTests },
  { name: "tests: two nodes, 1,000 clients", run: () => scaleTests() },
  { name: "tests: delivery of a million events", run: deliveryTests, minutes: 90 },
  { name: "tests: workers, extension, sandboxed frame, file", run: environmentTests },
  { name: "tests: adapters", run: adapterTests },
  { name: "tests: servers of others", run: interopTests },
  { name: "tests: faults", run: faultTests },
  { name: "tests: faults, events frame by frame", run: pacedFaultTests },
  { name: "tests: npm package, events frame by frame", run: pacedTests },
  { name: "tests: npm package in a worker", run: workerTests },
  { name: "tests: npm package without WebAssembly", run: scriptTests },
  { name: "tests: faults, in a worker", run: workerFaultTests },
  { name: "soak, a minute", run: () => soakTests(1) },
  { name: "clippy: wasm, each feature alone", run: clippyFeatures },
  { name: "example: native", run: native, minutes: 90 },
  { name: "tests: npm package in Firefox and WebKit", run: otherEnginesTests, minutes: 90 },
  { name: "benchmarks, whether they run", run: benchmarks, minutes: 90 },
  { name: "fuzzing, 20 s each", run: fuzzing, minutes: 90 },
  { name: "licences, sources and advisories of crates", run: auditCrates, minutes: 60 },
  { name: "advisories of npm packages", run: auditPackages },
];

export const lanes = [others, browsers];

export const last = [{ name: "compatibility table", run: compareTable }];

/** With the DOM's library, with a worker's, with Node's types and with none. */
async function types() {
  for (const config of [
    "tsconfig.json",
    "types/tsconfig.worker.json",
    "types/tsconfig.node.json",
    "types/tsconfig.bare.json",
  ])
    await tsc(["--noEmit", "--project", at("tests/npm", config)]);
}

async function properties(cases) {
  await cargo(["test", "--release", "--features", "stream"], { env: { PROPTEST_CASES: String(cases) } });
  await nodeProperties(cases);
}

async function clippyWasm() {
  await cargo(["clippy", "--all-targets", "--all-features", ...wasm, ...denyWarnings]);
  // Has no tests there: it brings a panic handler of its own.
  await cargo(["clippy", "--package", "typed-eventsource-engine", ...wasm, ...denyWarnings]);
}

async function clippyFeatures() {
  for (const feature of ["std", "stream", "browser", "fetch", "js-values", "schemars"]) {
    await cargo(["clippy", "--no-default-features", "--features", feature, ...wasm, ...denyWarnings]);
  }
}

/** The crates for Leptos, Yew and Dioxus, and an app of each: a workspace of its own. */
async function rustAdapters() {
  const manifest = ["--manifest-path", at("adapters/Cargo.toml")];
  await cargo(["fmt", "--all", ...manifest, "--check"]);
  await adapterCratesIn(engines.chromium, manifest);
}

/** A program with a manifest and a lock file of its own. */
async function native() {
  const manifest = ["--manifest-path", at("examples/native/Cargo.toml")];
  await cargo(["fmt", ...manifest, "--check"]);
  const env = { CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR || at("target") };
  await cargo(["clippy", "--locked", "--all-targets", ...manifest, ...denyWarnings], { env });
  await cargo(["test", "--locked", ...manifest], { env });
}

/** The tests of the server crate and of the server that want a Redis, which they start themselves. */
async function redisTests() {
  const { redis } = await redisServer();
  const env = { REDIS_SERVER: redis };
  for (const name of ["typed-eventsource-axum", "typed-eventsource-server"]) {
    await cargo(["test", "--package", name, "--all-features", "--test", "redis", "--", "--ignored"], { env });
  }
}

/** A workspace with a lock file of its own. */
async function benchmarks() {
  const manifest = ["--manifest-path", at("bench/Cargo.toml")];
  await cargo(["fmt", "--all", ...manifest, "--check"]);
  const env = { CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR || at("target") };
  await cargo(["clippy", "--locked", "--workspace", "--all-targets", ...manifest, ...denyWarnings], { env });
  await benchmark("smoke");
}

/** A crate with a manifest and a lock file of its own. It goes on from what it found before. */
async function fuzzing() {
  const manifest = ["--manifest-path", at("fuzz/Cargo.toml")];
  await cargo(["fmt", ...manifest, "--check"]);
  await cargo(["fetch", "--locked", ...manifest]);
  await fuzz(20);
}

async function page() {
  await tsc(["--noEmit", "--project", at("www/tsconfig.json")]);
  await buildPage();
}
