/** The wasm that is forbidden. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserSuite, server } from "../npm/support/browser.mjs";
import { origin } from "./support/origin.mjs";

browserSuite("the drop-in class", (open) => {
  /** The events of a stream in a page whose policy forbids wasm, and what the console says. */
  const forbidden = async (t, prepare) => {
    const policy = `default-src 'none'; script-src ${server}; connect-src *`;
    const page = await origin(t, (_, response) => {
      const headers = { "content-type": "text/html", "content-security-policy": policy };
      response.writeHead(200, headers).end("<!doctype html>");
    });
    const { page: tab } = await open(t, { prepare });
    const said = [];
    tab.on("console", (message) => said.push(message.text()));
    await tab.goto(page.origin);
    const seen = await tab.evaluate(async (server) => {
      const { EventSource } = await import(`${server}/dist/eventsource.js`);
      const source = new EventSource(`${server}/heart-rate?everyMs=10`);
      const before = source.readyState;
      const first = await new Promise((resolve) => {
        for (const type of ["error", "heartRate"])
          source.addEventListener(type, (event) => resolve([event.type, source.readyState]));
      });
      source.close();
      return [before, ...first];
    }, server);
    return { seen, said };
  };

  test("reads its stream where a content security policy forbids wasm", async (t) => {
    const { seen } = await forbidden(t);
    assert.deepEqual(seen, [0, "heartRate", 1]);
  });

  test("is closed where the chunk with JavaScript is missing too, and says both", async (t) => {
    const { seen, said } = await forbidden(t, (page) =>
      page.route("**/wasm/engine.js", (route) => route.abort()),
    );
    assert.deepEqual(seen, [0, "error", 2]);
    const reason = said.find((text) => text.includes("cannot start the engine")) ?? said.join("\n");
    assert.match(reason, /WebAssembly failed \(.+\) and so did its JavaScript \(.+\): /);
  });
});
