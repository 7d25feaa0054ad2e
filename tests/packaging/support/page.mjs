/** Pages that read a stream of the test server, which is another origin. */

import assert from "node:assert/strict";
import { attempts, scenario, server } from "../../npm/support/browser.mjs";

/** A page that runs one script. Without an icon of its own it would ask the server for one. */
export const html = (script, head = "") =>
  `<!doctype html><title>page</title><link rel="icon" href="data:,">${head}${script}`;

/** A stream with one event that stays open; any number of pages can read it. */
export const greeting = () =>
  scenario({
    attempts: [
      { steps: [{ send: 'id: 1\nevent: greeting\ndata: {"text":"hello – ¡hola!"}\n\n' }], end: "hold" },
    ],
    afterwards: "repeat-last",
  });

/** What fixtures/app.js sees of `greeting`: over both transports, by a request of its own and in a worker. */
const greeted = [
  ["eventsource", "page"],
  ["fetch", "page"],
  ["fetch", "page"],
  ["fetch", "worker"],
].map(([over, engine]) => ({
  event: { type: "greeting", data: { text: "hello – ¡hola!" }, lastEventId: "1", origin: server },
  over,
  engine,
}));

/**
 * Opens a page that runs fixtures/app.js; gives what it saw, and what was complained of: the browser's errors
 * and warnings, and what nobody caught.
 */
export async function visit(context, address, url) {
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`${address}/?stream=${encodeURIComponent(server + url)}`);
  await page.waitForFunction(() => globalThis.seen);
  return { seen: await page.evaluate(() => globalThis.seen), complaints };
}

/**
 * Fails unless a page that runs fixtures/app.js reads its stream, without a complaint.
 *
 * @param hasWorker - whether there can be one
 * @param engine - where and what the others' is
 */
export async function reads(context, address, hasWorker = true, engine = "page") {
  const url = await greeting();
  const { seen, complaints } = await visit(context, address, url);
  assert.deepEqual(seen, hasWorker ? greeted : greeted.map((one) => ({ ...one, engine })));
  // The browser says itself what a policy forbids.
  const forbidden = hasWorker ? /(?!)/ : engine === "page" ? /worker-src/ : /worker-src|wasm-unsafe-eval/;
  assert.deepEqual(
    complaints.filter((text) => !forbidden.test(text)),
    [],
  );
  const own = (await attempts(url)).map(({ headers }) => headers["x-app"] ?? "");
  assert.deepEqual(own.sort(), ["", "", "own", "worker"]);
}
