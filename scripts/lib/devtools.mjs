/**
 * Headless Chromium, spoken to over its DevTools pipe and nothing else. No domain of the protocol is turned on unless
 * asked for: `Network`, which drivers turn on, makes the browser's EventSource several times slower, and a driver keeps
 * its pages in sight, where they cannot be frozen.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start, stop } from "./run.mjs";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--remote-debugging-pipe",
];

/** What the protocol puts after each message. */
const END = "\0";

/** How values come from a page: promises are waited for, objects are copied. */
const whole = { awaitPromise: true, returnByValue: true };

/** The value that the protocol gives, or the error. */
const given = ({ result, exceptionDetails }) => {
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
};

/** Launches the browser; by default that of the environment's `CHROMIUM`, or the one on the path. */
export async function launchChromium(moreFlags = [], program = process.env.CHROMIUM || "chromium") {
  const profile = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  const chromium = start(program, [...flags, ...moreFlags, `--user-data-dir=${profile}`], {
    // It reads commands from the fourth and writes what it has to say to the fifth; the rest concerns nobody.
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const [, , , commands, answers] = chromium.stdio;
  const waiting = new Map();
  const listeners = new Map();
  let last = 0;
  let end;

  const give = ({ id, sessionId, method, params, result, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (method) listeners.get(sessionId)?.(method, params);
    else if (error) reject?.(new Error(error.message));
    else resolve?.(result);
  };
  let rest = "";
  answers.setEncoding("utf8").on("data", (text) => {
    const messages = (rest + text).split(END);
    rest = messages.pop();
    for (const message of messages) give(JSON.parse(message));
  });
  const ended = (why) => {
    end ??= new Error(`Chromium ended (${why})`);
    for (const { reject } of waiting.values()) reject(end);
    waiting.clear();
  };
  chromium.once("error", ({ message }) => ended(message));
  chromium.once("exit", (code, signal) => ended(signal ?? code));
  // Its end is told above.
  commands.on("error", () => {});

  /** Calls a method of the protocol: the browser's, or that of the page of a session. */
  const call = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      if (end) return reject(end);
      waiting.set(++last, { resolve, reject });
      commands.write(JSON.stringify({ id: last, method, params, sessionId }) + END);
    });

  return {
    /** Opens a page in a context of its own: with cookies, a cache and, if it is asked for, a window of its own. */
    async open(url, options) {
      const { browserContextId } = await call("Target.createBrowserContext");
      const { targetId } = await call("Target.createTarget", { url, browserContextId, ...options });
      const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
      const inPage = (method, params) => call(method, params, sessionId);
      /** The value of an expression, or of the promise that it gives. */
      const evaluate = async (expression) =>
        given(await inPage("Runtime.evaluate", { expression, ...whole }));
      return {
        call: inPage,
        /** Calls `listener` with what the page tells unasked. */
        listen: (listener) => listeners.set(sessionId, listener),
        evaluate,
        /** What a function gives in the page for a value that is JSON. */
        run: (body, value) => evaluate(`(${body})(${JSON.stringify(value)})`),
        /** Calls a function with an object of the page as `this`; gives its value, or that of its promise. */
        apply: async (functionDeclaration, objectId, ...values) =>
          given(
            await inPage("Runtime.callFunctionOn", {
              ...{ functionDeclaration, objectId, ...whole },
              arguments: values.map((value) => ({ value })),
            }),
          ),
        async close() {
          listeners.delete(sessionId);
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
