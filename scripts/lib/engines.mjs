/** The engines that the Rust tests run in: for each what it needs, its version and how it is driven. */
import { readFile } from "node:fs/promises";
import { cargoTool } from "./cargo-tool.mjs";
import { at } from "./paths.mjs";
import { run } from "./run.mjs";
import { freePort } from "./server.mjs";
import { systemPrograms } from "./system-programs.mjs";
import { browser } from "./test-tools.mjs";
import { withDriver } from "./webdriver.mjs";
import { webkit } from "./webkit.mjs";
import { which } from "./which.mjs";

/**
 * `prepare` finds or installs the programs. `drive` gives `test` the engine's version and what wasm-pack and its
 * runner have to be told: options, environment and the capabilities of the session. `driven` gives `test` where its
 * driver is, those capabilities and how long a script may take, for whoever speaks the protocol.
 */
const chromium = {
  name: "Chromium",
  prepare: browser,
  async drive({ chromium, chromedriver }, test) {
    const capabilities = JSON.parse(await readFile(at("webdriver.json"), "utf8"));
    // The driver itself knows only the usual places.
    capabilities["goog:chromeOptions"].binary = chromium;
    const options = ["--chrome", "--chromedriver", chromedriver];
    return test({ version: await versionOf(chromium), options, capabilities });
  },
};

const geckodriverVersion = "0.37.1";

const firefox = {
  name: "Firefox",
  async prepare() {
    const { firefox } = await systemPrograms(
      () => ({ firefox: process.env.FIREFOX || which("firefox-esr", "firefox") }),
      {
        need: "the tests in Firefox need it",
        packages: ["firefox-esr"],
        names: { firefox: "Firefox (or FIREFOX=path)" },
      },
    );
    const geckodriver = process.env.GECKODRIVER || which("geckodriver");
    return { firefox, geckodriver: geckodriver ?? (await cargoTool("geckodriver", geckodriverVersion)) };
  },
  async drive({ firefox, geckodriver }, test) {
    const options = ["--firefox", "--geckodriver", geckodriver];
    const capabilities = { "moz:firefoxOptions": { binary: firefox } };
    return test({ version: await versionOf(firefox), options, capabilities });
  },
  async driven({ firefox, geckodriver }, test) {
    const port = await freePort(0);
    const capabilities = { "moz:firefoxOptions": { binary: firefox, args: ["-headless"] } };
    return withDriver(geckodriver, ["--port", `${port}`], port, {}, (origin) =>
      test({ origin, capabilities, scriptMs: 300_000 }),
    );
  },
};

export const engines = { chromium, firefox, webkit };

async function versionOf(program) {
  const printed = await run(program, ["--version"], { capture: true });
  return printed.match(/\d[\d.]*/)?.[0] ?? "";
}
