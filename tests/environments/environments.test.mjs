/** The package where there is no page, or none like others: it connects, gets events, and lets go. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { attempts, launch, newContext, scenario, server } from "../npm/support/browser.mjs";
import { answering, classic, module, serve } from "./support/served.mjs";

/** Two events that come apart; then the stream stays open. */
const script = {
  attempts: [{ steps: [{ send: "data: 1\n\n" }, { waitMs: 20 }, { send: "data: 2\n\n" }], end: "hold" }],
};

/**
 * Fails unless what `read` reaches gets its events, and lets go of the stream.
 *
 * @param has - what there is of a page's globals
 */
async function works(read, has) {
  for (const [options, over] of [
    [{ transport: "fetch" }, "fetch"],
    [{}, "eventsource"],
    // Where there can be no worker, the work is done in place.
    [{ transport: "fetch", worker: true }, "fetch"],
  ]) {
    const url = await scenario(script);
    const seen = await read([server + url, options]);
    const name = JSON.stringify(options);
    assert.deepEqual(seen, { events: [1, 2], states: [`open ${over}`, "closed"], has }, name);
    await attempts(url, ([first]) => first?.clientLeft);
  }
}

/** In the page: asks a worker, which is shared if it has a type. */
const asking = ([script, type, data]) =>
  new Promise((resolve, reject) => {
    const port = type ? new SharedWorker(script, { type }).port : new Worker(script);
    port.onmessage = ({ data }) => resolve(data);
    port.onerror = (event) => reject(new Error(event.message ?? "it did not start"));
    port.postMessage(data);
  });

const evaluate = (where) => (data) => where.evaluate((data) => globalThis.read(...data), data);
const inPage = ["document", "window", "EventSource"];

describe("environments", { skip: server ? false : "TEST_SERVER names no server" }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  const visit = async (t, address) => {
    const context = await newContext(browser);
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(address);
    return { context, page };
  };

  for (const type of ["classic", "module"])
    test(`a service worker: ${type}`, async (t) => {
      const text = type === "module" ? module() : await classic();
      const { context, page } = await visit(t, await serve(t, { "/worker.js": text }));
      const [worker] = await Promise.all([
        context.waitForEvent("serviceworker"),
        page.evaluate((type) => navigator.serviceWorker.register("/worker.js", { type }), type),
      ]);
      await works(evaluate(worker), ["EventSource"]);
    });

  for (const type of ["classic", "module"])
    test(`a shared worker: ${type}`, async (t) => {
      const rest = `${answering} onconnect = ({ ports }) => answer(ports[0]);`;
      const text = type === "module" ? module(rest) : await classic(rest);
      const { page } = await visit(t, await serve(t, { "/worker.js": text }));
      await works((data) => page.evaluate(asking, ["/worker.js", type, data]), ["EventSource"]);
    });

  for (const type of ["classic", "module"])
    test(`a worker in a worker: ${type}`, async (t) => {
      const outer = `
        const inner = new Worker("/inner.js", { type: "${type}" });
        onmessage = ({ data }) => inner.postMessage(data);
        inner.onmessage = ({ data }) => postMessage(data);
        inner.onerror = ({ message }) => postMessage({ failed: message });
      `;
      const rest = `${answering} answer(globalThis);`;
      const inner = type === "module" ? module(rest) : await classic(rest);
      const { page } = await visit(t, await serve(t, { "/outer.js": outer, "/inner.js": inner }));
      await works((data) => page.evaluate(asking, ["/outer.js", "", data]), ["EventSource"]);
    });

  test("a sandboxed frame, whose origin is like no other", async (t) => {
    const frame = `<!doctype html><script type="module">${module()}</script>`;
    const page = `<!doctype html><iframe sandbox="allow-scripts" src="/frame.html"></iframe>`;
    const visited = await visit(
      t,
      `${await serve(t, { "/page.html": page, "/frame.html": frame })}/page.html`,
    );
    const [, inner] = visited.page.frames();
    assert.equal(await inner.evaluate("origin"), "null");
    await inner.waitForFunction("globalThis.read");
    await works(evaluate(inner), inPage);
  });

  test("a page of the file system", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "app.js"), await classic());
    const html = `<!doctype html><title>page</title><script src="app.js"></script>`;
    await writeFile(join(folder, "index.html"), html);
    const { page } = await visit(t, pathToFileURL(join(folder, "index.html")).href);
    await works(evaluate(page), inPage);
  });

  for (const type of ["classic", "module"])
    test(`an extension's background: ${type}`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
      t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
      await writeFile(join(folder, "background.js"), await classic());
      const manifest = {
        manifest_version: 3,
        name: "reader",
        version: "1",
        background: { service_worker: "background.js", ...(type === "module" && { type }) },
        host_permissions: [`${server}/*`],
        content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'" },
      };
      await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
      const context = await chromium.launchPersistentContext(join(folder, "profile"), {
        executablePath: process.env.CHROMIUM || "chromium",
        ignoreDefaultArgs: ["--disable-extensions"],
        args: [
          "--no-sandbox",
          "--disable-gpu",
          `--disable-extensions-except=${folder}`,
          `--load-extension=${folder}`,
        ],
        timeout: 600_000,
      });
      t.after(() => context.close());
      const worker =
        context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker", { timeout: 600_000 }));
      assert.match(worker.url(), /^chrome-extension:/);
      await works(evaluate(worker), ["EventSource"]);
    });
});
