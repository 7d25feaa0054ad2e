/** The same code in a page with the browser's own class and with the drop-in one: what is asserted of both is parity. */

import { test } from "node:test";

/** The classes by their names; `isOurs` tells them apart where they differ. */
const classes = [
  { name: "the browser's own class", isOurs: false },
  { name: "the drop-in class", isOurs: true },
];

/** Defines a test for each class. */
export const both = (name, define) => {
  for (const one of classes) test(`${name}: ${one.name}`, (t) => define(t, one));
};

/** Calls a function in a page with a class and with what else it needs, all of which has to be JSON. */
export const run = (page, { isOurs }, body, ...all) =>
  page.evaluate(
    async ([isOurs, source, all]) => {
      const { EventSource } = isOurs ? await import(`${location.origin}/dist/eventsource.js`) : globalThis;
      // A function does not cross to the page but as text.
      return new Function(`return ${source}`)()(EventSource, ...all);
    },
    [isOurs, body.toString(), all],
  );
