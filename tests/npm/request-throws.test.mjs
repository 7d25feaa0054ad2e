/** Whatever the application throws fails the attempt, and nothing hangs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, settle } from "./support/network.mjs";

const hostile = () => ({
  get message() {
    throw new Error("a getter that throws");
  },
});

const thrown = {
  "an object without a prototype": () => Object.create(null),
  "an object whose message throws": hostile,
  "an object whose message cannot be made a text": () => ({ message: Object.create(null) }),
  nothing: () => undefined,
  null: () => null,
  "a symbol": () => Symbol("no"),
};

for (const [name, make] of Object.entries(thrown))
  for (const how of ["headers", "fetch", "throwing headers"])
    test(`${name}, thrown by ${how}, fails the attempt with a cause`, async (t) => {
      const { connect, clock } = network(t);
      const call =
        how === "throwing headers"
          ? () => {
              throw make();
            }
          : () => Promise.reject(make());
      const option = how === "fetch" ? { fetch: call } : { headers: call };
      const retry = { initialMs: 100, maxMs: 0, maxAttempts: 2 };
      const { states } = await connect({ connectTimeoutMs: Infinity, retry, ...option });
      for (let n = 0; n < 3; n++) await settle();
      await clock.advance(100);
      assert.deepEqual(
        states.map(({ status, cause }) => [status, cause?.code]),
        [
          ["reconnecting", "network"],
          ["connecting", undefined],
          ["closed", "network"],
        ],
      );
      assert.ok(Object.hasOwn(states[0].cause, "cause"));
    });
