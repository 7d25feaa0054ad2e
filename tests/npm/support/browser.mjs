/** A page of the test server in a real browser, which sees the package as it is published. */

import { execFileSync } from "node:child_process";
import { after, before, describe } from "node:test";
import { chromium } from "playwright-core";

export const server = process.env.TEST_SERVER;

/** Launches the browser of the environment's `CHROMIUM`, or the one on the path. */
export function launch(options) {
  const executablePath =
    process.env.CHROMIUM || execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic"];
  return chromium.launch({ executablePath, args, ...options });
}

/** Tests that share a browser; each opens a page of its own with what `define` is given. */
export function browserSuite(name, define) {
  describe(name, { skip: server ? false : "TEST_SERVER names no server" }, () => {
    let browser;
    before(async () => {
      browser = await launch();
    });
    after(() => browser?.close());

    /** A new page of the server's origin; `uncaught` collects what nobody caught there. */
    define(async (test, { path = "/healthz", prepare } = {}) => {
      const context = await browser.newContext();
      test.after(() => context.close());
      const page = await context.newPage();
      const uncaught = [];
      page.on("pageerror", (error) => uncaught.push(error.message));
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
  }
}
