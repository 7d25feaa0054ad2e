/** A page of the test server in a real browser, which sees the package as it is published. */

import { execFileSync } from "node:child_process";
import { after, before, describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import { startSession } from "./webdriver.mjs";
import { withoutWasm } from "./without-wasm.mjs";

export const server = process.env.TEST_SERVER;

/** What drives a browser that Playwright does not: where it is, and the capabilities of the session. */
const driver = process.env.WEBDRIVER && JSON.parse(process.env.WEBDRIVER);
/** The browser's name where it is not Chromium, for tests that say why they are not for it. */
export const otherEngine = driver?.name;

/** What `connect()` gets where a test does not say otherwise: so that the same tests try another way to read a stream. */
export const byDefault = JSON.parse(process.env.CONNECT_OPTIONS ?? "{}");

/** Stands for the package's entry. A fetch of the page's own is no worker's. */
const entry = `
  import { connect as plain } from "${server}/dist/index.js?plain";
  export * from "${server}/dist/index.js?plain";
  const { worker, ...others } = ${JSON.stringify(byDefault)};
  export const connect = (url, options) =>
    plain(url, { ...others, ...(!options?.fetch && { worker }), ...options });
`;

/** Lets pages `connect()` with what is given by default. Not by the driver, whose ways change what a page requests. */
async function withDefaults(context) {
  if (!Object.keys(byDefault).length) return;
  const imports = { "/dist/index.js": `data:text/javascript,${encodeURIComponent(entry)}` };
  await context.addInitScript((imports) => {
    addEventListener("DOMContentLoaded", () => {
      const type = "importmap";
      const script = Object.assign(document.createElement("script"), {
        type,
        text: JSON.stringify({ imports }),
      });
      document.documentElement.append(script);
    });
  }, imports);
}

/**
 * How long Playwright waits for anything, in milliseconds. Only what hangs takes so long: a machine that is busy with other
 * things gives a page little of its time.
 */
const patience = 240_000;

/** Launches the browser of the environment's `CHROMIUM`, or the one on the path. */
export function launch(options) {
  const executablePath =
    process.env.CHROMIUM || execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic"];
  return chromium.launch({ executablePath, args, timeout: patience, ...options });
}

/** A context of the browser's, whose pages wait for conditions and not for half a minute. */
export async function newContext(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience);
  return context;
}

/** Tests that share a browser; each opens a page of its own with what `define` is given. */
export function browserSuite(name, define) {
  describe(name, { skip: server ? false : "TEST_SERVER names no server" }, () => {
    let browser;
    before(async () => {
      browser = await (driver ? startSession(driver) : launch());
    });
    after(() => browser?.close());

    const newPage = async (test, uncaught) => {
      if (driver) {
        const page = browser.newPage(uncaught);
        test.after(() => page.close());
        return page;
      }
      const context = await newContext(browser);
      test.after(() => context.close());
      await withDefaults(context);
      if (withoutWasm) await context.addInitScript(() => delete globalThis.WebAssembly);
      const page = await context.newPage();
      page.on("pageerror", (error) => uncaught.push(error.message));
      return page;
    };

    /** A new page of the server's origin; `uncaught` collects what nobody caught there. */
    define(async (test, { path = "/healthz", prepare } = {}) => {
      const uncaught = [];
      const page = await newPage(test, uncaught);
      await prepare?.(page);
      await page.goto(server + path);
      return { page, uncaught };
    });
  });
}

/** Makes a scenario on the test server; gives its path. */
export async function scenario(script) {
  const response = await fetch(`${server}/scenarios`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(script),
  });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()).url;
}

/** The attempts that came to a scenario, once they are as the test waits for; the test's own time limits it. */
export async function attempts(url, ready = () => true) {
  for (;;) {
    const { attempts } = await (await fetch(`${server}${url}/report`)).json();
    if (ready(attempts)) return attempts;
    // Asked without a pause, the server and this process would have time for nothing else.
    await pause(10);
  }
}
