/** The test kit in a real browser, and its server over HTTP beside one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { serveStream } from "../../npm/modules/testing.js";
import { browserSuite, otherEngine } from "./support/browser.mjs";

/** In the page: a component that is tested with the kit. */
const tested = async (options) => {
  const { connect } = await import("/dist/index.js");
  const { mockStream } = await import("/dist/testing.js");
  const before = [fetch, EventSource, setTimeout];
  const orders = mockStream("/orders/stream");
  const source = connect("/orders/stream", options);
  const seen = [];
  source.on("orderUpdate", ({ data, lastEventId }) => seen.push([data, lastEventId]));
  const { transport } = await orders.request();
  for (let id = 1; id <= 9; id++)
    orders.send("orderUpdate", id, { id, partBytes: id === 9 ? 20 : undefined });
  await orders.cut();
  const { status } = source.state;
  await orders.clock.advance(60_000);
  const { lastEventId } = await orders.request();
  source.close();
  const left = orders.connections.length;
  orders.close();
  const isAsBefore = [fetch, EventSource, setTimeout].every((value, index) => value === before[index]);
  const other = await fetch("/healthz");
  return { transport, seen, status, lastEventId, left, isAsBefore, ok: other.ok };
};

browserSuite("the test kit", (open) => {
  for (const [options, over] of [
    [{}, "eventsource"],
    [{ transport: "fetch" }, "fetch"],
    [{ transport: "fetch", worker: true }, "fetch"],
    [{ method: "POST", body: "{}", resume: "get", delivery: "frame" }, "fetch"],
  ])
    test(`it stands in for the network of a page: ${JSON.stringify(options)}`, async (t) => {
      const { page, uncaught } = await open(t);
      const seen = await page.evaluate(
        ([source, options]) => new Function(`return ${source}`)()(options),
        [tested.toString(), options],
      );
      assert.deepEqual(seen, {
        transport: over,
        seen: Array.from({ length: 8 }, (_, index) => [index + 1, `${index + 1}`]),
        status: "reconnecting",
        lastEventId: "8",
        left: 0,
        isAsBefore: true,
        ok: true,
      });
      assert.deepEqual(uncaught, []);
    });

  // Another driver routes nothing.
  const skip = otherEngine ? "only Playwright routes requests" : false;
  for (const transport of ["auto", "fetch"])
    test(`its server streams to a page through Playwright's route: ${transport}`, { skip }, async (t) => {
      const { page, uncaught } = await open(t);
      const orders = await serveStream();
      t.after(() => orders.close());
      await page.route("**/orders/stream", (route) => route.continue({ url: orders.url }));
      await page.evaluate(async (transport) => {
        const { connect } = await import("/dist/index.js");
        const source = connect("/orders/stream", { transport });
        source.on("orderUpdate", ({ data }) => document.body.append(`${data.status};`));
      }, transport);
      await orders.request();
      orders.send("orderUpdate", { status: "shipped" }, { id: 1 });
      await page.getByText("shipped;").waitFor();
      orders.cut();
      assert.equal((await orders.request()).lastEventId, "1");
      orders.send("orderUpdate", { status: "delivered" }, { id: 2 });
      await page.getByText("shipped;delivered;").waitFor();
      assert.deepEqual(uncaught, []);
    });
});
