/** The demo page as it is seen, heard and used from the keyboard. */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { browserSuite } from "../npm/support/browser.mjs";
import { lasting, openPage } from "./support/page.mjs";

const screenshots = new URL("../../target/screenshots/", import.meta.url);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds wrong: the rules and where. */
async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
}

browserSuite("the looks of the demo page", (open) =>
  describe("at once", { concurrency: 3 }, () => {
    for (const [name, colorScheme, width, height] of [
      ["desktop-light", "light", 1280, 800],
      ["desktop-dark", "dark", 1280, 800],
      ["phone-light", "light", 375, 800],
      ["phone-dark", "dark", 375, 800],
    ]) {
      test(`${name}: accessible and no wider than the page, live and after streams ended`, async (t) => {
        const { page, panel } = await openPage(t, open, {
          path: "/?ordersEveryMs=1500&tokensEveryMs=40&jobSeconds=4",
          prepare: async (page) => {
            await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
            await page.setViewportSize({ width, height });
          },
        });
        const refuse = async (how) => {
          await page.getByLabel("The server").selectOption(how);
          await panel("answer").button("Ask").click();
          await page.locator("#answer-refusal").waitFor();
        };
        const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        await panel("heart-rate").button("Cut").click();
        await panel("heart-rate").reached("reconnecting network");
        await refuse("429, come back in 3 s");
        assert.deepEqual(await violations(page), []);
        assert.ok((await overflow()) <= 0);

        await panel("logs").button("503 for 4 s").click();
        for (const id of ["orders", "job", "answer"]) await panel(id).status("closed");
        await refuse("401 for good");
        await panel("answer").status("closed");
        await page
          .getByRole("button", { name: /^Job done/ })
          .first()
          .click();
        await panel("notifications").place.locator(".details").filter({ hasText: "took" }).waitFor();
        assert.deepEqual(await violations(page), []);
        assert.ok((await overflow()) <= 0);
        assert.equal(await page.evaluate(() => document.getAnimations().length), 0, "something still moves");
        await mkdir(screenshots, { recursive: true });
        await page.screenshot({ path: new URL(`${name}.png`, screenshots).pathname, fullPage: true });
      });
    }

    test("no answer, and no refusal before it, makes the page longer", async (t) => {
      const { page, panel } = await openPage(t, open, { path: "/?tokensEveryMs=20" });
      const questions = await page.getByLabel("Question").locator("option").allTextContents();
      const height = () => page.locator(".reply").evaluate(({ offsetHeight }) => offsetHeight);
      for (const width of [1280, 375]) {
        await page.setViewportSize({ width, height: 800 });
        const least = Number.parseFloat(
          await page.locator(".reply").evaluate((reply) => getComputedStyle(reply).minHeight),
        );
        for (const question of questions) {
          await page.getByLabel("Question").selectOption(question);
          await page.getByLabel("The server").selectOption("401, then a new token");
          const before = (await panel("answer").states()).length;
          await panel("answer").button("Ask").click();
          await panel("answer").ended(before);
          assert.equal(await height(), least, `${question} at ${width}`);
        }
      }
    });

    test("the chart follows the width of the page and its colours", async (t) => {
      const { page, panel } = await openPage(t, open, { path: lasting });
      await panel("heart-rate").reaches("received", 3);
      const chart = page.locator("#heart-rate-chart canvas");
      const before = await chart.screenshot();
      await page.emulateMedia({ colorScheme: "dark" });
      await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === "rgb(18, 22, 26)");
      assert.notDeepEqual(await chart.screenshot(), before);
      for (const width of [500, 375, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        await page.waitForFunction(() => {
          const place = document.querySelector("#heart-rate-chart");
          return place.querySelector("canvas").getBoundingClientRect().width === place.clientWidth;
        });
      }
    });

    test("the keyboard reaches everything, in order and visibly", async (t) => {
      const { page } = await openPage(t, open, { path: lasting });
      const steps = [];
      // Until the walk leaves the page at its end.
      do {
        await page.keyboard.press("Tab");
        steps.push(await page.evaluate(nextStop));
      } while (!steps.at(-1).last);
      assert.ok(steps.length >= 32, `${steps.length} stops`);
      for (const { expected, found, outline } of steps) {
        assert.equal(found, expected);
        assert.equal(outline, "solid 2px", found);
      }
    });

    test("the keyboard breaks a stream, and is not lost when one ends", async (t) => {
      const { page, panel } = await openPage(t, open, { path: "/?ordersEveryMs=2000" });
      const { button, states, recovered, status } = panel("heart-rate");
      await button("Cut").focus();
      const since = (await states()).length;
      await page.keyboard.press("Enter");
      await recovered("reconnecting network", since);
      assert.equal(await page.evaluate(() => document.activeElement.textContent), "Cut");
      await status("open");

      const orders = panel("orders");
      const focused = () => page.evaluate(() => document.activeElement.textContent);
      await orders.button("Stall").focus();
      // On a busy machine the order may have ended before: then the button does not take the focus.
      while ((await focused()) !== "Stall") {
        await orders.status("closed");
        await orders.button("Start again").click();
        await orders.status("open");
        await orders.button("Stall").focus();
      }
      await orders.status("closed");
      assert.equal(await focused(), "Start again");
      await page.keyboard.press("Space");
      await orders.status("open");
      assert.equal(await focused(), "Cut");
    });

    test("headings and live regions: six sections, and what changes often is silent", async (t) => {
      const { page, panel } = await openPage(t, open, { path: lasting });
      await panel("logs").reaches("received", 5);
      const headings = await page.getByRole("heading", { level: 2 }).allTextContents();
      assert.deepEqual(headings, [
        "Heart rate",
        "Order 101",
        "Notifications",
        "Job progress",
        "Log tail",
        "Word by word",
      ]);
      const loud = await page.evaluate(() =>
        [...document.querySelectorAll("output, [role=status], [role=alert], [role=log], [aria-live]")]
          .filter((region) => region.getAttribute("aria-live") !== "off")
          .map((region) => region.id || region.className),
      );
      assert.deepEqual([...new Set(loud)].sort(), ["announcements", "answer-text", "order-note", "problem"]);
    });
  }),
);

/** In the page: which element the keyboard should be on, by the one before, and which it is on. */
function nextStop() {
  const all = [...document.querySelectorAll("a, button, input, select, [tabindex]")];
  // Of the radio buttons the chosen one is a stop.
  const stops = all.filter((e) => e.checkVisibility() && !e.disabled && (e.type !== "radio" || e.checked));
  const { activeElement } = document;
  const expected = stops[stops.indexOf(globalThis.before) + 1];
  globalThis.before = activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
  const name = (element) => element?.outerHTML.slice(0, 80);
  return {
    expected: name(expected),
    found: name(activeElement),
    outline: `${outlineStyle} ${outlineWidth}`,
    last: activeElement === stops.at(-1) || activeElement === document.body,
  };
}
