/** The test suites that need the native server or a browser. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pack } from "../../tests/packaging/support/package.mjs";
import { at } from "./paths.mjs";
import { Failure, run } from "./run.mjs";
import { buildServer, freePort, startServer } from "./server.mjs";
import { browser, wasmTools } from "./test-tools.mjs";

/** The tests of the npm package in Node, some of which drive a browser themselves. */
export const nodeTests = () => testsIn("tests/npm", { mounts: { "/dist": at("dist") } });

/** The tests of the demo page. It has a port of its own for all that is no stream. */
export const pageTests = () => testsIn("tests/www", { mounts: { "/": at("www/dist") }, controlPort: 0 });

/** The tests of the package as npm packs it, in projects like those of its users. */
export async function packagingTests() {
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  try {
    const { tarball } = await pack(folder);
    await testsIn("tests/packaging", {}, { PACKAGE_TARBALL: tarball });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs what a folder has of tests, with a server that is started as `options` say. */
async function testsIn(folder, options, variables = {}) {
  const { chromium } = await browser();
  const names = (await readdir(at(folder))).filter((name) => name.endsWith(".test.mjs")).sort();
  if (names.length === 0) throw new Failure(`there are no tests in ${folder}`);
  await withServer(options, async ({ origin, program }) => {
    const env = { TEST_SERVER: origin, SERVER_PROGRAM: program, CHROMIUM: chromium, ...variables };
    const files = names.map((name) => join(folder, name));
    await run(process.execPath, ["--test", "--test-timeout=300000", ...files], { name: "node --test", env });
  });
}

/** The Rust tests in a headless browser. */
export async function browserTests() {
  const { chromium, chromedriver } = await browser();
  const { wasmPack, folders } = await wasmTools();
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  try {
    const capabilities = join(folder, "webdriver.json");
    await writeCapabilities(capabilities, chromium);
    await withServer({}, async ({ origin }) => {
      const env = {
        // Read at compile time: a page knows no environment.
        TYPED_EVENTSOURCE_TEST_SERVER: origin,
        PATH: [...folders, process.env.PATH].join(delimiter),
        WASM_BINDGEN_TEST_TIMEOUT: "300",
        WASM_BINDGEN_TEST_WEBDRIVER_JSON: capabilities,
      };
      const driver = ["--chromedriver", chromedriver];
      const args = ["test", "--headless", "--chrome", ...driver, "--", "--all-features"];
      await run(wasmPack, args, { name: "wasm-pack test", env });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** webdriver.json with the browser that was found: the driver itself knows only the usual places. */
async function writeCapabilities(file, binary) {
  const capabilities = JSON.parse(await readFile(at("webdriver.json"), "utf8"));
  capabilities["goog:chromeOptions"].binary = binary;
  await writeFile(file, JSON.stringify(capabilities));
}

async function withServer(options, body) {
  const program = await buildServer();
  // Always the same port where possible: another one means compiling the browser tests again.
  const server = await startServer(program, { port: await freePort(8087), ...options });
  try {
    await body({ origin: server.origin, program });
  } finally {
    await server.stop();
  }
}
