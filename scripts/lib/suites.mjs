/** The test suites in Node, which need the native server or a browser. */
import { randomInt } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "../../tests/packaging/support/package.mjs";
import { scale } from "../../tests/scale/scale.mjs";
import { cargo, cargoArtifact } from "./cargo.mjs";
import { engines } from "./engines.mjs";
import { tsc } from "./node-tool.mjs";
import { at, root } from "./paths.mjs";
import { Failure, run, say } from "./run.mjs";
import { buildServer, withServer } from "./server.mjs";
import { browser, proxies } from "./test-tools.mjs";

/** The tests of the npm package in Node, some of which drive a browser themselves. */
export const nodeTests = () => testsIn("tests/npm", { mounts: { "/dist": at("dist") } });

/** What makes tests read their streams frame by frame, or in a worker, where they do not say otherwise. */
const byFrame = { CONNECT_OPTIONS: JSON.stringify({ delivery: "frame" }) };
const inWorker = { CONNECT_OPTIONS: JSON.stringify({ worker: true }) };

/** Those tests of the npm package that drive a browser, with the engine in a worker. */
export const workerTests = () => browserTestsOnceMore(inWorker);

/** The same with sources that hand events over frame by frame. */
export const pacedTests = () => browserTestsOnceMore(byFrame);

/**
 * All tests of the npm package with the engine as JavaScript. Without WebAssembly no engine is in a worker, and what is told
 * of that stands with the page's policy.
 */
export async function scriptTests() {
  const variables = { WITHOUT_WEBASSEMBLY: "yes" };
  const mounts = { "/dist": at("dist") };
  await testsIn("tests/npm", { mounts }, variables, undefined, (name) => !name.startsWith("browser-worker"));
  await eventSourceTests(variables);
}

const browserTestsOnceMore = (variables) =>
  testsIn("tests/npm", { mounts: { "/dist": at("dist") } }, variables, undefined, (name) =>
    /^(?:browser(?!-worker|-pace)|tokens)/.test(name),
  );

/** What of the npm package's tests needs nothing but a page, in the engines that Playwright does not drive. */
export async function otherEnginesTests() {
  for (const engine of [engines.firefox, engines.webkit]) {
    const programs = await engine.prepare();
    for (const name of [
      ...["browser", "browser-connection", "browser-delivery", "browser-policy"],
      ...["browser-worker", "browser-worker-page"],
    ]) {
      say(`${name} in ${engine.name}`);
      // Each with a driver of its own, which has a single session.
      await engine.driven(programs, (driver) =>
        testsIn(
          "tests/npm",
          { mounts: { "/dist": at("dist") } },
          { WEBDRIVER: JSON.stringify({ name: engine.name, ...driver }) },
          undefined,
          (file) => file === `${name}.test.mjs`,
        ),
      );
    }
  }
}

/** The tests of the drop-in class, beside the browser's own. */
export const eventSourceTests = (variables) =>
  testsIn(
    "tests/eventsource",
    { mounts: { "/dist": at("dist"), "/fixtures": at("tests/eventsource/fixtures") } },
    variables,
  );

/** The tests of the demo page. It has a port of its own for all that is no stream. */
export const pageTests = () => testsIn("tests/www", { mounts: { "/": at("www/dist") }, controlPort: 0 });

/** The package in workers of every kind, in an extension, in a sandboxed frame and in a page of the file system. */
export const environmentTests = () => testsIn("tests/environments", {});

/** Many events through many faults, in a browser of its own. */
export async function deliveryTests() {
  const mounts = { "/dist": at("dist"), "/delivery": at("tests/delivery/support") };
  await testsIn("tests/delivery", { mounts }, {}, 80);
}

/** The package in a browser whose server and network fail in every way there is. */
export const faultTests = () => testsIn("tests/faults", {});

/** The same with sources that hand events over frame by frame. */
export const pacedFaultTests = () => testsIn("tests/faults", {}, byFrame);

/** The same with the engine in a worker. */
export const workerFaultTests = () => testsIn("tests/faults", {}, inWorker);

/** So many minutes of faults, in a browser that must neither lose an event nor keep memory. */
export const soakTests = (minutes) =>
  testsIn("tests/soak", {}, { SOAK_MINUTES: String(minutes) }, 2 * minutes + 25);

/** Two nodes behind nginx with a log in Redis, through faults of all of them; `full` with ten times the clients. */
export async function scaleTests({ full = false } = {}) {
  const programs = await proxies();
  const server = await buildServer();
  const example = ["build", "--package", "typed-eventsource-server", "--example", "load"];
  await scale({ full, server, load: (await cargoArtifact(example)).executable, ...programs });
}

/** Those tests of the npm package that try inputs of their own making, so many for each property. */
export async function nodeProperties(cases) {
  const env = { PROPTEST_CASES: String(cases) };
  const args = ["--test", "tests/npm/batch-properties.test.mjs"];
  await run(process.execPath, args, { name: "node --test", env });
}

/**
 * What the contract crate and the package's command say of an enum with everything in it, beside what serde writes and refuses;
 * and the demo page's types, beside the server's enums.
 */
export async function contractTests() {
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  try {
    const seed = randomInt(2 ** 32);
    say(`random values of the seed ${seed}`);
    const rich = ["run", "--quiet", "--package", "typed-eventsource-contract", "--example", "rich"];
    await cargo([...rich, "--", folder, `${seed}`, "10000"]);
    const path = (name) => join(folder, name);
    const kinds = {
      "from-openapi.ts": "typescript",
      "validators.ts": "validators",
      "validators.mjs": "validators",
    };
    const files = Object.entries(kinds).flatMap(([name, kind]) => [kind, path(name)]);
    const command = [at("npm/bin/typed-eventsource.mjs"), "contract", path("openapi.json"), ...files];
    await run(process.execPath, command, { name: "typed-eventsource contract" });
    await typesOf(folder);
    const tests = (await readdir(at("tests/contract"))).filter((name) => name.endsWith(".test.mjs"));
    const names = tests.map((name) => join("tests/contract", name));
    await run(process.execPath, ["--test", "--test-concurrency=2", ...names], {
      name: "node --test",
      env: { CONTRACT_FOLDER: folder },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
  const demo = ["run", "--quiet", "--package", "typed-eventsource-server", "--example", "contract"];
  await cargo([...demo, "--", "--check", "typescript", at("www/src/events.ts")]);
}

/** What TypeScript says of a folder's types, where the package is as its users have it. */
async function typesOf(folder) {
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules/typed-eventsource"), "junction");
  for (const name of ["aspnetcore", "fastapi", "utoipa"]) {
    const args = [
      "contract",
      at("tests/contract/documents", `${name}.json`),
      "validators",
      join(folder, `${name}.ts`),
    ];
    await run(process.execPath, [at("npm/bin/typed-eventsource.mjs"), ...args], {
      name: "typed-eventsource contract",
    });
  }
  const own = ["wrong.ts", "validated.ts", "documents.ts"];
  for (const name of own) await copyFile(at("tests/contract", name), join(folder, name));
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--types", "", "--target", "es2022"];
  const modules = ["--module", "nodenext", "--moduleResolution", "nodenext", "--lib", "es2023,dom"];
  const files = ["values.ts", ...own].map((name) => join(folder, name));
  await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
  await tsc(["--noEmit", "--ignoreConfig", ...strict, ...modules, ...files]);
}

/** The client against servers that others have written; those that cannot be started here say why. */
export const interopTests = () => plainTestsIn("tests/interop");

/** What the benchmarks make of their measurements. */
export const benchTests = () => plainTestsIn("tests/bench");

/** The client of `examples/assistant/`, beside the same one over other packages. */
export const assistantTests = () => plainTestsIn("tests/assistant");

/** Runs the tests of a folder that need neither the native server nor a browser. */
async function plainTestsIn(folder) {
  const names = (await readdir(at(folder))).filter((name) => name.endsWith(".test.mjs"));
  const files = names.map((name) => join(folder, name));
  await run(process.execPath, ["--test", ...files], { name: "node --test" });
}

/** The tests of the package as npm packs it, in projects like those of its users. */
export const packagingTests = () => packedTestsIn("tests/packaging");

/** The adapters in apps of their frameworks, which are built with the package as npm packs it. */
export const adapterTests = () => packedTestsIn("tests/adapters");

async function packedTestsIn(tests) {
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  try {
    const { tarball } = await pack(folder);
    await testsIn(tests, {}, { PACKAGE_TARBALL: tarball });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs what a folder has of tests, each file so many minutes at most lest it hang, with a server that is started as `options` say. */
async function testsIn(folder, options, variables = {}, minutes = 10, isMeant = (_name) => true) {
  const { chromium } = await browser();
  const names = (await readdir(at(folder)))
    .filter((name) => name.endsWith(".test.mjs") && isMeant(name))
    .sort();
  if (names.length === 0) throw new Failure(`there are no tests in ${folder}`);
  await withServer(options, async ({ origin, program }) => {
    const env = { TEST_SERVER: origin, SERVER_PROGRAM: program, CHROMIUM: chromium, ...variables };
    const files = names.map((name) => join(folder, name));
    // Two at a time: they wait more than they compute.
    const options = ["--test", "--test-concurrency=2", `--test-timeout=${minutes * 60_000}`];
    await run(process.execPath, [...options, ...files], { name: "node --test", env });
  });
}
