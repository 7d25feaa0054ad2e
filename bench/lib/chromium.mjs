/**
 * A page in headless Chromium, and the DevTools protocol to it over a pipe. No domain of it is turned on unless asked
 * for: a driver that turns on `Network`, as they do, makes the browser's EventSource several times slower.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure, start, stop } from "../../scripts/lib/run.mjs";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-renderer-backgrounding",
  "--disable-background-timer-throttling",
  // So that each run begins with a clean heap.
  "--js-flags=--expose-gc",
  "--remote-debugging-pipe",
];

/** How long a page may take to be ready. */
const patienceMs = 30_000;

/** Opens a page, gives it to `body` and closes the browser; the page is ready once `globalThis[ready]` is there. */
export async function withPage(chromium, url, ready, body) {
  const profile = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  const args = [...flags, `--user-data-dir=${profile}`, "about:blank"];
  // What it says concerns its own surroundings.
  const child = start(chromium, args, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  try {
    const send = protocol(child);
    const { targetId } = await send("Target.createTarget", { url });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    const toPage = (method, params) => send(method, params, sessionId);
    const evaluate = evaluator(toPage);
    const isReady = () => evaluate(`!!globalThis.${ready}`);
    await until(isReady);
    const reload = async () => {
      // Or the page that goes away would be taken for the one that comes.
      await evaluate(`delete globalThis.${ready}`);
      await toPage("Page.reload");
      await until(isReady);
    };
    return await body({ send: toPage, evaluate, reload });
  } finally {
    await stop(child);
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Waits until a page that is loading says so; before there is one it cannot be asked. */
async function until(isReady) {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(50)) {
    if (await isReady().catch(() => false)) return;
  }
  throw new Failure(`the page was not ready after ${patienceMs / 1000} s`);
}

/** Sends commands, and resolves to their results. */
function protocol(child) {
  const [input, output] = [child.stdio[3], child.stdio[4]];
  const waiting = new Map();
  let rest = "";
  output.setEncoding("utf8").on("data", (text) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop();
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error) reject?.(new Error(error.message));
      else resolve?.(result);
    }
  });
  let end;
  const ended = (why) => {
    end ??= new Failure(`Chromium ended (${why})`);
    for (const { reject } of waiting.values()) reject(end);
    waiting.clear();
  };
  child.once("error", ({ message }) => ended(message));
  child.once("exit", (code, signal) => ended(signal ?? code));
  // Its end is told above.
  input.on("error", () => {});
  let last = 0;
  return (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      if (end) return reject(end);
      const id = ++last;
      waiting.set(id, { resolve, reject });
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}

/** Evaluates an expression in the page, and what it promises. */
const evaluator = (send) => async (expression) => {
  const options = { expression, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await send("Runtime.evaluate", options);
  if (exceptionDetails) {
    const { exception, text } = exceptionDetails;
    throw new Error(exception?.description ?? text);
  }
  return result.value;
};
