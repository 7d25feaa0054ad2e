/** The buttons that break a connection of the demo page, and what the page then counts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { browserSuite } from "../npm/support/browser.mjs";
import { control, lasting, openPage, panels } from "./support/page.mjs";

/** Which panels leave the choice of the transport to the package; the others take fetch. */
const auto = new Set(["heart-rate", "orders", "notifications", "job"]);

/** Everything published arrives, and every stream that ticks by itself goes on. */
async function goesOn({ panel }) {
  const ticking = panels.filter((id) => id !== "orders");
  const before = await Promise.all(ticking.map((id) => panel(id).received()));
  await control("/notifications", { title: "Still here", text: "" });
  for (const [place, id] of ticking.entries()) await panel(id).reaches("received", before[place] + 1);
}

async function nothingAmiss({ panel, ours }) {
  for (const id of panels) assert.deepEqual(await panel(id).counts(), { lost: 0, doubled: 0 }, id);
  assert.deepEqual(ours(), []);
}

browserSuite("a broken connection of the demo page", (open) =>
  describe("at once", { concurrency: 3 }, () => {
    test("Cut: each stream comes back while the others go on", async (t) => {
      const all = await openPage(t, open, { path: lasting });
      for (const id of panels) {
        const panel = all.panel(id);
        const before = await Promise.all(
          panels.map(async (id) => [id, (await all.panel(id).states()).length]),
        );
        await panel.button("Cut").click();
        await panel.recovered("reconnecting network", Object.fromEntries(before)[id]);
        await panel.place.locator(".changes .deed", { hasText: "cut the connection" }).waitFor();
        for (const [other, states] of before)
          if (other !== id)
            assert.equal((await all.panel(other).states()).length, states, `${id} cut ${other}`);
      }
      await goesOn(all);
      await nothingAmiss(all);
      // Those who do not see the page were told.
      await all.announced(/: open, over/);
    });

    test("503 for 4 s: all streams come back after it, with what was published meanwhile", async (t) => {
      const all = await openPage(t, open, { path: lasting });
      const before = {};
      for (const id of panels) before[id] = (await all.panel(id).states()).length;
      await pressAll(all.page, "503 for 4 s");
      for (const id of panels) await all.panel(id).lost(before[id]);
      await control("/notifications", { title: "While you were away", text: "" });
      for (const id of panels) {
        // The browser's EventSource hides the status, fetch shows it.
        await all.panel(id).recovered(`reconnecting ${auto.has(id) ? "refused" : "status"}`, before[id]);
      }
      await all.page
        .getByRole("button", { name: /^While you were away/ })
        .first()
        .waitFor();
      await all.panel("logs").place.locator(".changes", { hasText: "status 503" }).waitFor();
      await goesOn(all);
      await nothingAmiss(all);
    });

    test("Stall: all streams are missed by their silence, and come back", async (t) => {
      const all = await openPage(t, open, { path: lasting });
      const before = {};
      for (const id of panels) before[id] = (await all.panel(id).states()).length;
      await pressAll(all.page, "Stall");
      await control("/notifications", { title: "Into the silence", text: "" });
      for (const id of panels) await all.panel(id).recovered("reconnecting idle", before[id]);
      await all.page
        .getByRole("button", { name: /^Into the silence/ })
        .first()
        .waitFor();
      await goesOn(all);
      await nothingAmiss(all);
    });

    test("the page counts what the server drops and doubles", async (t) => {
      const all = await openPage(t, open, { path: "/?ordersEveryMs=6000&tokensEveryMs=1000&jobSeconds=200" });
      await all.page
        .getByRole("button", { name: /^This page is open/ })
        .first()
        .waitFor();
      // Notifications do not come by themselves.
      const published = setInterval(() => control("/notifications", { title: "Tick", text: "" }), 400);
      t.after(() => clearInterval(published));
      const disturb = async (id) => {
        const panel = all.panel(id);
        await panel.reaches("received", 1);
        // In this order: the last event of an order ends it, and is not taken twice.
        await panel.line("double");
        await panel.reaches("doubled", 1);
        await panel.line("drop");
        await panel.reaches("lost", 1);
        const received = await panel.received();
        if (id !== "orders") await panel.reaches("received", received + 1);
        assert.deepEqual(await panel.counts(), { lost: 1, doubled: 1 }, id);
      };
      await Promise.all(panels.map(disturb));
      assert.deepEqual(all.ours(), []);
    });

    test("what cannot be broken is not said to be, and a wait can be cut short", async (t) => {
      const { panel, ours } = await openPage(t, open, { path: lasting });
      const heart = panel("heart-rate");
      await heart.line("refuse?forMs=8000");
      await heart.reached("reconnecting status");
      await heart.button("Cut").click();
      await heart.place.locator(".problem", { hasText: "no stream is open here" }).waitFor();
      assert.equal(await heart.place.locator(".changes .deed").count(), 0);
      await heart.button("Try now").click();
      await heart.place.locator(".changes li", { hasText: "reconnect() was called" }).waitFor();
      await heart.recovered("reconnecting status", 0);
      assert.equal(await heart.place.locator(".problem").textContent(), "");
      assert.equal(await heart.button("Try now").isVisible(), false);
      assert.deepEqual(ours(), []);
    });

    test("a server that cannot be reached is said where somebody asked for something", async (t) => {
      const { page, panel } = await openPage(t, open, { path: lasting });
      await page.route(/\/lines\//, (route) => route.abort());
      await panel("job").button("Cut").click();
      await panel("job").place.getByRole("alert").filter({ hasText: "that did not work" }).waitFor();
      await panel("job").reaches("received", (await panel("job").received()) + 1);
    });
  }),
);

/** In one task: all streams are open when they are broken. */
const pressAll = (page, name) =>
  page.evaluate((name) => {
    for (const button of document.querySelectorAll(".breakers button"))
      if (button.textContent === name) button.click();
  }, name);
