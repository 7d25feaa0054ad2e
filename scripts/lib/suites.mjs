/** The test suites that need the native server or a browser. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { at } from "./paths.mjs";
import { Failure, run } from "./run.mjs";
import { buildServer, freePort, startServer } from "./server.mjs";
import { browser, wasmTools } from "./test-tools.mjs";

/** The tests of the npm package in Node, some of which drive a browser themselves. */
export const nodeTests = () => testsIn("tests/npm", { "/dist": at("dist") });

/** The tests of the demo page. */
export const pageTests = () => testsIn("tests/www", { "/": at("www/dist") });

async function testsIn(folder, mounts) {
  const { chromium } = await browser();
  const names = (await readdir(at(folder))).filter((name) => name.endsWith(".test.mjs")).sort();
  if (names.length === 0) throw new Failure(`there are no tests in ${folder}`);
  await withServer(mounts, async (origin) => {
    const env = { TEST_SERVER: origin, CHROMIUM: chromium };
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
    await withServer({}, async (origin) => {
      const env = {
        // Read at compile time: a page knows no environment.
        TYPED_EVENTSOURCE_TEST_SERVER: origin,
        PATH: [...folders, process.env.PATH].join(delimiter),
        WASM_BINDGEN_TEST_TIMEOUT: "300",
        WASM_BINDGEN_TEST_WEBDRIVER_JSON: capabilities,
      };
      const driver = ["--chromedriver", chromedriver];
      await run(wasmPack, ["test", "--headless", "--chrome", ...driver], { name: "wasm-pack test", env });
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

async function withServer(mounts, body) {
  const program = await buildServer();
  // Always the same port where possible: another one means compiling the browser tests again.
  const server = await startServer(program, { port: await freePort(8087), mounts });
  try {
    await body(server.origin);
  } finally {
    await server.stop();
  }
}
