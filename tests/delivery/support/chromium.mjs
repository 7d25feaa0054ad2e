/**
 * A page in headless Chromium that nobody drives: a driver that watches the network, as they do, makes the browser's
 * EventSource several times slower.
 */

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { start, stop } from "../../../scripts/lib/run.mjs";

/** Opens a page, whose query gets the URL to `tell` the result to, and gives that unless the signal is aborted. */
export async function result(url, signal) {
  const listener = createServer();
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const told = once(listener, "request").then(async ([request, response]) => {
    const result = await text(request);
    response.end();
    return JSON.parse(result);
  });
  url.searchParams.set("tell", `http://127.0.0.1:${listener.address().port}/`);
  const profile = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"];
  const quiet = ["--disable-background-networking", "--disable-component-update"];
  const chromium = start(
    process.env.CHROMIUM || "chromium",
    [...args, ...quiet, `--user-data-dir=${profile}`, url.href],
    // What it says concerns its own surroundings.
    { stdio: "ignore" },
  );
  const ended = new Promise((_, reject) => {
    chromium.once("error", reject);
    chromium.once("exit", (code, signal) => reject(new Error(`Chromium ended (${signal ?? code})`)));
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  try {
    return await Promise.race([told, ended]);
  } finally {
    ended.catch(() => {});
    await stop(chromium);
    listener.close();
    listener.closeAllConnections();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
