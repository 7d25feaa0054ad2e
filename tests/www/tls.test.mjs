/** The demo page as `npm start -- --tls` serves it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startServer } from "../../scripts/lib/server.mjs";
import { launch, newContext } from "../npm/support/browser.mjs";
import { panels } from "./support/page.mjs";

const program = process.env.SERVER_PROGRAM;

describe("the demo page over HTTP/2", { skip: program ? false : "SERVER_PROGRAM names no program" }, () => {
  let server;
  let browser;
  before(async () => {
    const page = fileURLToPath(new URL("../../www/dist", import.meta.url));
    server = await startServer(program, { port: 0, tls: true, mounts: { "/": page } });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test("two tabs at once have all six streams, and the page says why", async () => {
    const context = await newContext(browser, { ignoreHTTPSErrors: true });
    for (const tab of [await context.newPage(), await context.newPage()]) {
      const uncaught = [];
      tab.on("pageerror", (error) => uncaught.push(error.message));
      await tab.goto(server.origin);
      const open = (count) => document.querySelectorAll('.panel[data-status="open"]').length === count;
      await tab.waitForFunction(open, panels.length);
      assert.equal(await tab.locator("#many").isVisible(), true);
      assert.equal(await tab.locator("#six").isVisible(), false);
      assert.deepEqual(uncaught, []);
    }
  });
});
