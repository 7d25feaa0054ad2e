/**
 * Headless Chromium, driven over a pipe with nothing but what these tests need. Above all the protocol's Network domain
 * stays off, which makes the browser's EventSource several times slower.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start, stop } from "../../../scripts/lib/run.mjs";

const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  // Each page is to run as the one that is looked at does.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--remote-debugging-pipe",
];

/** So long a page may take until it is ready, in milliseconds. */
const readyMs = 30_000;

/** How values come from a page: promises are waited for, objects are copied. */
const whole = { awaitPromise: true, returnByValue: true };

/** The value that the protocol gives, or the error. */
const value = ({ result, exceptionDetails }) => {
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
};

/** Launches the browser of the environment's `CHROMIUM`, or the one on the path. */
export async function launch() {
  const profile = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  const chromium = start(process.env.CHROMIUM || "chromium", [...args, `--user-data-dir=${profile}`], {
    // What it says concerns its own surroundings. The last two are the pipe's ends.
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const [, , , commands, answers] = chromium.stdio;
  const calls = new Map();
  const sessions = new Map();
  let made = 0;

  const give = ({ id, sessionId, method, params, result, error }) => {
    const call = calls.get(id);
    calls.delete(id);
    if (error) call?.reject(new Error(error.message));
    else if (call) call.resolve(result);
    else sessions.get(sessionId)?.(method, params);
  };
  let text = "";
  answers.setEncoding("utf8").on("data", (part) => {
    const messages = (text + part).split("\0");
    text = messages.pop();
    for (const message of messages) give(JSON.parse(message));
  });
  let gone;
  const lost = (reason) => {
    gone ??= reason;
    for (const { reject } of calls.values()) reject(gone);
  };
  chromium.once("error", lost);
  chromium.once("exit", (code, signal) => lost(new Error(`Chromium ended (${signal ?? code})`)));
  commands.on("error", () => {});

  /** Calls a method of the DevTools protocol, in a page's session if one is named. */
  const call = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      if (gone) return reject(gone);
      const id = ++made;
      calls.set(id, { resolve, reject });
      commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });

  return {
    /**
     * Opens a page in a context of its own. Once it is ready it calls its function `tell`, and from then on `told` gets
     * what it gives to that.
     */
    async page(url, told) {
      const { browserContextId } = await call("Target.createBrowserContext");
      const { targetId } = await call("Target.createTarget", { url: "about:blank", browserContextId });
      const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
      const uncaught = [];
      let hear;
      // The first that it tells is that it is ready.
      const loaded = new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${url} does not say that it is ready`)), readyMs);
        hear = () => {
          clearTimeout(timer);
          hear = told;
          resolve();
        };
      });
      sessions.set(sessionId, (method, params) => {
        if (method === "Runtime.bindingCalled") hear(JSON.parse(params.payload));
        if (method === "Runtime.exceptionThrown") {
          const { text, exception } = params.exceptionDetails;
          uncaught.push(exception?.description ?? text);
        }
      });
      const inPage = (method, params) => call(method, params, sessionId);
      await inPage("Runtime.enable");
      await inPage("Runtime.addBinding", { name: "tell" });
      await inPage("Page.navigate", { url });
      await loaded;
      const { result } = await inPage("Runtime.evaluate", { expression: "globalThis" });
      const { objectId } = result;
      return {
        call: inPage,
        /** What nobody caught there. */
        uncaught,
        /** The value of an expression, or of the promise that it gives. */
        evaluate: async (expression) => value(await inPage("Runtime.evaluate", { expression, ...whole })),
        /** What a function of the page gives for a value. Always the same code: what is compiled is kept. */
        run: async (name, argument) =>
          value(
            await inPage("Runtime.callFunctionOn", {
              functionDeclaration: "function (name, argument) { return this[name](argument); }",
              objectId,
              arguments: [{ value: name }, { value: argument }],
              ...whole,
            }),
          ),
        async close() {
          sessions.delete(sessionId);
          await call("Target.disposeBrowserContext", { browserContextId });
        },
      };
    },
    async close() {
      await stop(chromium);
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
