/** Pages in headless Chromium that tell what happens to them. */

import { launchChromium } from "../../../scripts/lib/devtools.mjs";

const flags = [
  "--disable-quic",
  // Each page is to run as the one that is looked at does.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** So long a page may take until it is ready, in milliseconds; only one that hangs does. */
const readyMs = 600_000;

/** Launches a browser for such pages. */
export async function launch() {
  const chromium = await launchChromium(flags);
  return {
    /** Opens a page. Once it is ready it calls its function `tell`, and from then on `told` gets what it gives to that. */
    async page(url, told) {
      const page = await chromium.open("about:blank");
      const { call, evaluate, apply, close } = page;
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
      page.listen((method, params) => {
        if (method === "Runtime.bindingCalled") hear(JSON.parse(params.payload));
        if (method === "Runtime.exceptionThrown") {
          const { text, exception } = params.exceptionDetails;
          uncaught.push(exception?.description ?? text);
        }
      });
      await call("Runtime.enable");
      await call("Runtime.addBinding", { name: "tell" });
      await call("Page.navigate", { url });
      await loaded;
      const { result } = await call("Runtime.evaluate", { expression: "globalThis" });
      return {
        call,
        evaluate,
        close,
        /** What nobody caught there. */
        uncaught,
        /** What a function of the page gives for a value. Always the same code: what is compiled is kept. */
        run: (name, argument) =>
          apply(
            "function (name, argument) { return this[name](argument); }",
            result.objectId,
            name,
            argument,
          ),
      };
    },
    close: chromium.close,
  };
}
