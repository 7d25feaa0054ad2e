/**
 * A headless Chromium that is spoken to over its DevTools pipe alone. A page is hidden, frozen and offline there like
 * a user's: a driver keeps its pages in sight, and what is in sight cannot be frozen.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start, stop } from "../../../scripts/lib/run.mjs";

/** What the protocol puts after each message. */
const END = "\0";

/** Launches the browser of the environment's `CHROMIUM`, or the one on the path; `close()` ends it. */
export async function launchChromium(...args) {
  const profile = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  const chromium = start(
    process.env.CHROMIUM || "chromium",
    [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
      ...["--remote-debugging-pipe", `--user-data-dir=${profile}`, ...args],
    ],
    // It reads commands from the fourth and writes what it has to say to the fifth; the rest concerns nobody.
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const [, , , commands, answers] = chromium.stdio;
  const waiting = new Map();
  let ids = 0;
  let rest = "";
  answers.setEncoding("utf8").on("data", (text) => {
    const messages = (rest + text).split(END);
    rest = messages.pop();
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error) reject?.(new Error(error.message));
      else resolve?.(result);
    }
  });

  /** Sends a command to the browser, or to the page of a session. */
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++ids, { resolve, reject });
      commands.write(JSON.stringify({ id: ids, method, params, sessionId }) + END);
    });

  return {
    /** Opens a page in a window, and with cookies and a cache, of its own. */
    async open(url) {
      const { browserContextId } = await send("Target.createBrowserContext");
      const { targetId } = await send("Target.createTarget", { url, browserContextId, newWindow: true });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const toPage = (method, params) => send(method, params, sessionId);
      return {
        send: toPage,
        /** Calls a function in the page with a value that is JSON; gives what its promise is fulfilled with. */
        async run(body, value) {
          const expression = `(${body})(${JSON.stringify(value)})`;
          const options = { awaitPromise: true, returnByValue: true };
          const { result, exceptionDetails } = await toPage("Runtime.evaluate", { expression, ...options });
          if (exceptionDetails)
            throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
          return result.value;
        },
      };
    },
    async close() {
      await stop(chromium);
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
