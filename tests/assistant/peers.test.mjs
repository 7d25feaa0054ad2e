/** The same client over other packages: the scenarios that they do not get right by default. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer as overParser } from "./support/eventsource-parser.mjs";
import { answer as overFetchEventSource } from "./support/fetch-event-source.mjs";
import { isRight, outcomeOf, scenarios } from "./support/scenarios.mjs";
import { apis } from "./support/server.mjs";

const wrong = {
  "eventsource-parser": [
    overParser,
    ["refused with 429 and Retry-After, then answered", "the response ends before the answer does"],
  ],
  "fetch-event-source": [
    overFetchEventSource,
    [
      "an error in the midst of the stream",
      "the connection is cut",
      "the response ends before the answer does",
      "refused for good",
    ],
  ],
};

for (const [peer, [client, names]] of Object.entries(wrong))
  for (const [style, api] of Object.entries(apis))
    test(`${peer}, ${style}: ${names.length} of ${Object.keys(scenarios).length} come out wrong`, async () => {
      const found = [];
      for (const [name, scenario] of Object.entries(scenarios)) {
        const outcome = await outcomeOf(client, api, scenario);
        try {
          isRight(outcome, scenario);
        } catch {
          found.push(name);
        }
      }
      assert.deepEqual(found, names);
    });
