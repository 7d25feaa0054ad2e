/** The Rust tests in an engine, and what they tell of the rules there. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { cargo, wasmTarget } from "./cargo.mjs";
import { engines } from "./engines.mjs";
import { at } from "./paths.mjs";
import { Failure, run } from "./run.mjs";
import { withServer } from "./server.mjs";
import { wasmTools } from "./test-tools.mjs";

/** The Rust tests in the engine that needs no installation beside what all other tests need. */
export const browserTests = () => testIn(engines.chromium);

/** The same with sources that hand events over frame by frame. */
export const pacedBrowserTests = () => testIn(engines.chromium, { TYPED_EVENTSOURCE_TEST_DELIVERY: "frame" });

/** Where each engine's results are kept, for the table of docs/browsers.md. */
const resultsOf = (engine) => at("target/compatibility", `${engine.name}.json`);

/** The name and version of an engine, and what each rule of the standard does there: as its tests told when they last passed. */
export async function found(engine) {
  const text = await readFile(resultsOf(engine), "utf8").catch((error) => {
    if (error.code === "ENOENT") throw new Failure(`the tests in ${engine.name} have not passed`);
    throw error;
  });
  const { rules, ...of } = JSON.parse(text);
  return { ...of, rules: new Map(rules.map(([rule, ways]) => [rule, new Map(ways)])) };
}

async function keep(engine, { version, rules }) {
  await mkdir(at("target/compatibility"), { recursive: true });
  const entries = [...rules].map(([rule, ways]) => [rule, [...ways]]);
  await writeFile(resultsOf(engine), JSON.stringify({ name: engine.name, version, rules: entries }));
}

/**
 * Runs the Rust tests in an engine, and keeps what they tell of the rules of the standard there.
 *
 * @param variables - of the environment, which the tests read when they are compiled
 */
export async function testIn(engine, variables = {}) {
  const programs = await engine.prepare();
  const { wasmPack, folders } = await wasmTools();
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  const results = new Results();
  const isPlain = Object.keys(variables).length === 0;
  if (isPlain) await rm(resultsOf(engine), { force: true });
  try {
    const version = await engine.drive(
      programs,
      async ({ version, options, capabilities = {}, env = {} }) => {
        const file = join(folder, "webdriver.json");
        await writeFile(file, JSON.stringify(capabilities));
        await withServer({}, ({ origin }) =>
          run(wasmPack, ["test", "--headless", ...options, "--", "--all-features", "--", "--nocapture"], {
            name: `wasm-pack test in ${engine.name}`,
            env: {
              ...withoutDrivers,
              // Read at compile time: a page knows no environment.
              TYPED_EVENTSOURCE_TEST_SERVER: origin,
              PATH: [...folders, process.env.PATH].join(delimiter),
              // In seconds; only what hangs takes so long.
              WASM_BINDGEN_TEST_TIMEOUT: "1500",
              WASM_BINDGEN_TEST_DRIVER_TIMEOUT: "120",
              WASM_BINDGEN_TEST_WEBDRIVER_JSON: file,
              ...env,
              ...variables,
            },
            onLine: (line) => results.line(line),
          }).finally(() => results.end()),
        );
        return version;
      },
    );
    const [mute] = results.mute;
    if (mute)
      throw new Failure(`${mute} passed and tells nothing: see tests/browser/standard/compatibility.rs`);
    if (isPlain) await keep(engine, { version, rules: results.rules });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Builds the crates for Rust's frameworks with their examples, and runs their tests in Chromium. They need no server. */
export async function adapterCratesIn({ prepare, drive }, manifest) {
  const programs = await prepare();
  const { folders } = await wasmTools();
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  try {
    await drive(programs, async ({ capabilities }) => {
      const file = join(folder, "webdriver.json");
      await writeFile(file, JSON.stringify(capabilities));
      const all = ["--workspace", "--lib", "--bins", "--examples", "--tests"];
      await cargo(["test", "--locked", ...manifest, ...all, "--target", wasmTarget], {
        env: {
          ...withoutDrivers,
          CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR || at("target"),
          CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner",
          CHROMEDRIVER: programs.chromedriver,
          PATH: [...folders, process.env.PATH].join(delimiter),
          WASM_BINDGEN_TEST_TIMEOUT: "300",
          WASM_BINDGEN_TEST_DRIVER_TIMEOUT: "120",
          WASM_BINDGEN_TEST_WEBDRIVER_JSON: file,
        },
      });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

// The runner would take them for a choice of the browser.
const withoutDrivers = Object.fromEntries(
  ["GECKODRIVER", "SAFARIDRIVER", "CHROMEDRIVER", "MSEDGEDRIVER"].flatMap((name) => [
    [name, undefined],
    [`${name}_REMOTE`, undefined],
  ]),
);

/** Reads what the runner prints: shows who is interested in the tests how they went, and keeps what the rules do. */
class Results {
  /** Rule → way → what is done instead, for each case of the rule; `null` where it holds. */
  rules = new Map();
  /** The tests that told nothing. */
  mute = [];
  #reports = [];
  /** What the running test wrote; of one that fails the runner repeats it. */
  #written = [];
  #running = false;

  line(line) {
    if (line.startsWith("Invoking test: ")) {
      this.#running = true;
    } else if (line.startsWith("compatibility {")) {
      this.#reports.push(JSON.parse(line.slice(line.indexOf("{"))));
    } else if (/^test \S+ \.\.\. /.test(line)) {
      const [, test, result] = line.match(/^test (\S+) \.\.\. (\S+)/);
      if (result === "ok") this.#keep(test);
      this.#reports = [];
      this.#written = [];
      this.#running = false;
      console.log(line);
    } else if (this.#running) {
      this.#written.push(line);
    } else {
      console.log(line);
    }
  }

  /** What a test wrote that never came to its end is all there is of it. */
  end() {
    for (const line of this.#written) console.log(line);
  }

  #keep(test) {
    const [folder, group] = test.split("::");
    if (folder !== "standard") return;
    if (this.#reports.length === 0) this.mute.push(test);
    for (const { rule, way, instead } of this.#reports) {
      const name = rule ? `${group}::${rule}` : test.slice("standard::".length);
      const ways = this.rules.get(name) ?? new Map();
      this.rules.set(name, ways.set(way, [...(ways.get(way) ?? []), instead]));
    }
  }
}
