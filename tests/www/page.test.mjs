/** The demo page, as it is built, in a real browser on the server that `npm start` starts. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { browserSuite } from "../npm/support/browser.mjs";
import { lasting, openPage, panels } from "./support/page.mjs";

browserSuite("the demo page", (open) =>
  describe("at once", { concurrency: 3 }, () => {
    test("six panels move without a click, and nothing is complained about", async (t) => {
      const { page, panel, complaints } = await openPage(t, open);
      for (const id of panels) await panel(id).reaches("received", id === "notifications" ? 1 : 2);
      assert.match(await page.locator("#rate").textContent(), /^\d+$/);
      const chart = await page
        .getByRole("img", { name: /Chart of the heart rate/ })
        .getAttribute("aria-label");
      assert.match(chart, /now \d+ beats per minute\. Between \d+ and \d+/);
      const carriers = await page.locator(".transport").allTextContents();
      assert.deepEqual(carriers, [
        "EventSource",
        "EventSource",
        "EventSource",
        "EventSource",
        "fetch",
        "fetch",
      ]);

      // The order and the answer come to their ends by themselves.
      await page.locator("#stages .done").nth(3).waitFor();
      await panel("orders").status("closed");
      await panel("answer").status("closed");
      for (const id of panels) assert.deepEqual(await panel(id).counts(), { lost: 0, doubled: 0 }, id);
      assert.deepEqual(complaints(), []);
    });

    test("the code that is shown is the code that runs, and the README is there", async (t) => {
      const { page } = await openPage(t, open);
      const source = new URL("../../www/src/follow-order.ts", import.meta.url);
      assert.equal(await page.locator("#code").textContent(), (await readFile(source, "utf8")).trimEnd());
      const readme = await fetch(await page.getByRole("link", { name: "README" }).getAttribute("href"));
      assert.match(await readme.text(), /^\s*# typed-eventsource/);
    });

    test("an order ends, and another one begins", async (t) => {
      const { page, panel } = await openPage(t, open, { path: "/?ordersEveryMs=300" });
      await panel("orders").status("closed");
      assert.equal(await panel("orders").place.locator(".state").textContent(), "complete");
      for (const name of ["Cut", "503 for 4 s", "Stall"])
        assert.equal(await panel("orders").button(name).isDisabled(), true, name);
      await panel("orders").button("Start again").click();
      await page.getByRole("heading", { name: "Order 102" }).waitFor();
      await panel("orders").reaches("received", 4);
      await panel("orders").status("closed");
      assert.deepEqual(await panel("orders").counts(), { lost: 0, doubled: 0 });
    });

    test("what is published appears, and its details are fetched", async (t) => {
      const { page, panel } = await openPage(t, open);
      // Other pages publish, too.
      const title = `Dinner ${Date.now()}`;
      const inbox = () =>
        page.evaluate((title) => {
          const entries = [...document.querySelectorAll("#notices li")];
          const unread = entries.filter(({ className }) => className === "unread");
          return {
            counted: Number(document.querySelector("#bell .count").textContent) === unread.length,
            unread: unread.some(({ textContent }) => textContent.includes(title)),
          };
        }, title);
      await page.getByLabel("Title").fill(title);
      await page.getByLabel("Text", { exact: true }).fill("It is ready.");
      await panel("notifications").button("Publish").click();
      const notice = page.getByRole("button", { name: title });
      await notice.waitFor();
      assert.deepEqual(await inbox(), { counted: true, unread: true });
      await page.waitForFunction(() => document.querySelector("input[name=title]").value === "");

      await page.getByRole("button", { name: /mark all as read/ }).click();
      assert.deepEqual(await inbox(), { counted: true, unread: false });

      await notice.click();
      await page.getByText("It is ready.").waitFor();
      assert.equal(await notice.getAttribute("aria-expanded"), "true");
      await notice.click();
      await page.getByText("It is ready.").waitFor({ state: "hidden" });
    });

    test("a job runs to its end, says so by a notification, and another one begins", async (t) => {
      const { page, panel } = await openPage(t, open, { path: "/?jobSeconds=1.5" });
      await panel("job").status("closed");
      assert.equal(await page.locator("#job-percent").textContent(), "100\u00a0%");
      assert.match(await page.locator("#job-steps li").last().textContent(), /^done in/);
      // Other pages on the same server have a job of this name, too.
      await page
        .getByRole("button", { name: /^Job done: Monthly report/ })
        .first()
        .waitFor();
      await page.getByLabel("Job", { exact: true }).fill("Inventory");
      await panel("job").button("Start").click();
      await page.getByRole("button", { name: /^Job done: Inventory/ }).waitFor();
      assert.deepEqual(await panel("job").counts(), { lost: 0, doubled: 0 });
    });

    test("an answer ends where the server says so, and another question is answered", async (t) => {
      const { page, panel } = await openPage(t, open, { path: "/?tokensEveryMs=10" });
      const answer = page.locator("#answer-text");
      await panel("answer").status("closed");
      const first = await answer.textContent();
      assert.match(first, /^Server-sent events are .*\.$/);
      assert.equal(await answer.getAttribute("aria-busy"), "false");
      await page.getByLabel("Question").selectOption("How does a stream resume?");
      await panel("answer").button("Ask").click();
      await answer.filter({ hasText: /^Every event may carry .* for ever\.$/ }).waitFor();
      await panel("answer").status("closed");
      assert.doesNotMatch(await answer.textContent(), /DONE/);
    });

    test("a torrent of log lines can be paused, and loses none", async (t) => {
      const { page, panel } = await openPage(t, open, { path: lasting });
      const waiting = page.locator("#log-waiting");
      const lines = page.locator("#log .line");
      await page.getByLabel("torrent").check();
      await panel("logs").reaches("received", 500);
      await panel("logs").button("Pause").click();
      await waiting.filter({ hasText: "waiting" }).waitFor();
      const before = await lines.allTextContents();
      const height = () => page.locator("#log").evaluate(({ scrollHeight }) => scrollHeight);
      const end = await height();
      const received = await panel("logs").received();
      await panel("logs").reaches("received", received + 300);
      assert.deepEqual(await lines.allTextContents(), before);
      assert.equal(await height(), end, "the end moved away");
      await panel("logs").button("Follow").click();
      await waiting.filter({ hasText: /^$/ }).waitFor({ state: "attached" });

      // Scrolling away pauses, coming back follows.
      await page.locator("#log").hover();
      await page.mouse.wheel(0, -400);
      await panel("logs").button("Follow").waitFor();
      await page.mouse.wheel(0, 1e6);
      await panel("logs").button("Pause").waitFor();

      await page.getByLabel("calm").check();
      assert.deepEqual(await panel("logs").counts(), { lost: 0, doubled: 0 });
    });

    test("all lines of a log are kept, in their order", async (t) => {
      const { page, panel } = await openPage(t, open, { path: lasting });
      await page.getByLabel("torrent").check();
      await panel("logs").reaches("received", 400);
      const { length } = await panel("logs").states();
      await panel("logs").line("cut");
      await panel("logs").recovered("reconnecting network", length);
      await panel("logs").reaches("received", 1_000);
      const received = await page.evaluate(() => {
        // In one task: nothing comes meanwhile.
        document.querySelector("#log-pause").click();
        return Number(document.querySelector("#logs .received").dataset.count);
      });
      await panel("logs").button("Follow").waitFor();
      assert.equal(
        await page.locator("#log .space").evaluate(({ offsetHeight }) => offsetHeight / 22),
        received,
      );
      assert.deepEqual(await panel("logs").counts(), { lost: 0, doubled: 0 });
    });

    test("the page can be reloaded and left while all connections are taken", async (t) => {
      const { page, panel } = await openPage(t, open, { path: lasting });
      // With all six taken it would wait for half a minute or more.
      const timeout = 25_000;
      await page.reload({ timeout });
      for (const id of panels) await panel(id).status("open");
      await page.goto(new URL("/readme.txt", page.url()).href, { timeout });
      assert.match(await page.locator("body").textContent(), /typed-eventsource/);
    });
  }),
);
