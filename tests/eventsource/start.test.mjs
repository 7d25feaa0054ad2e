/** The wasm that does not start. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserSuite, server } from "../npm/support/browser.mjs";
import { origin } from "./support/origin.mjs";

browserSuite("the drop-in class", (open) => {
  test("is closed where a content security policy forbids wasm, and says what is missing", async (t) => {
    const policy = `default-src 'none'; script-src ${server}; connect-src *`;
    const page = await origin(t, (_, response) => {
      const headers = { "content-type": "text/html", "content-security-policy": policy };
      response.writeHead(200, headers).end("<!doctype html>");
    });
    const { page: tab } = await open(t);
    const said = [];
    tab.on("console", (message) => said.push(message.text()));
    await tab.goto(page.origin);
    const seen = await tab.evaluate(async (server) => {
      const { EventSource } = await import(`${server}/dist/eventsource.js`);
      const source = new EventSource(`${server}/heart-rate`);
      const states = [source.readyState];
      await new Promise((resolve) => {
        source.onerror = (event) => resolve(states.push(event.constructor.name));
      });
      return [...states, source.readyState];
    }, server);
    assert.deepEqual(seen, [0, "Event", 2]);
    assert.ok(
      said.some((text) => /script-src must allow 'wasm-unsafe-eval'/.test(text)),
      said.join("\n"),
    );
  });
});
