/** The demo page, as it is built, in a real browser on the server that `npm start` starts. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { browserSuite } from "../npm/support/browser.mjs";

const screenshots = new URL("../../target/screenshots/", import.meta.url);

browserSuite("the demo page", (open) => {
  test("both panels move, the order comes to its end, and another one begins", async (t) => {
    const { page, uncaught } = await open(t, { path: "/" });
    const complaints = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    const connection = (panel) => page.locator(`#${panel}-connection .state strong`);

    const rate = page.locator("#heart-rate");
    const first = await rate.filter({ hasText: /^\d+$/ }).textContent();
    await page.waitForFunction((first) => document.querySelector("#heart-rate").textContent !== first, first);
    assert.equal(await connection("heart-rate").textContent(), "open");

    const done = page.locator("#stages .done");
    await done.nth(1).waitFor();
    assert.equal(await connection("orders").textContent(), "open");
    await done.nth(3).waitFor();
    // The server ends the stream, and answers the next attempt with 204: that takes the browser's own wait.
    await connection("orders").filter({ hasText: "complete" }).waitFor();

    await page.getByRole("button", { name: "Start again" }).click();
    await page.getByRole("heading", { name: "Order 102" }).waitFor();
    await done.first().waitFor();
    assert.equal(await connection("orders").textContent(), "open");

    assert.deepEqual({ uncaught, complaints }, { uncaught: [], complaints: [] });
  });

  for (const [name, colorScheme, width, height] of [
    ["desktop-light", "light", 1200, 800],
    ["desktop-dark", "dark", 1200, 800],
    ["phone-light", "light", 375, 900],
    ["phone-dark", "dark", 375, 900],
  ]) {
    test(`${name}: nothing is wider than the page`, async (t) => {
      const { page } = await open(t, {
        path: "/",
        prepare: async (page) => {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height });
        },
      });
      await page.locator("#stages .done").first().waitFor();
      await mkdir(screenshots, { recursive: true });
      await page.screenshot({ path: new URL(`${name}.png`, screenshots).pathname, fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
    });
  }
});
