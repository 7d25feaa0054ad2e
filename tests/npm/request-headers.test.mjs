/** Headers that no request can have: an error names them, and never repeats a value, which may be a token. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import vm from "node:vm";
import { connect as plain } from "../../dist/index.js";
import { headersOf } from "../../npm/modules/engine/index.js";
import { reports } from "./support/fake-engine.mjs";
import { network, settle, url } from "./support/network.mjs";

const token = "s3cr3t-t0k3n";

/** All that somebody could log of it. */
const dump = (value) => inspect(value, { depth: 10, showHidden: true, getters: true });

const named = /"headers\.authorization" must be what HTTP allows/;
const unnamed = /"headers" must be what HTTP allows/;
const wrong = {
  "a line feed in the value": [{ authorization: `Bearer ${token}\nx` }, named],
  "CR in the value of a pair": [[["authorization", `Bearer\r${token}`]], named],
  "NUL in the value": [{ "x-a": "1", authorization: `${token}\0` }, named],
  "a value beyond Latin-1": [{ authorization: `${token}→` }, named],
  "a value that cannot be a text": [{ authorization: Symbol(token) }, named],
  "the token in the place of the name": [{ [`Bearer ${token}`]: "authorization" }, unnamed],
  "a pair of three": [[["authorization", "1", token]], named],
  "a text": [`authorization: ${token}`, unnamed],
  "a list of texts": [[`authorization: ${token}`], unnamed],
};

for (const [name, [headers, message]] of Object.entries(wrong)) {
  test(`${name}: connect() refuses it, and does not repeat it`, () => {
    assert.throws(
      () => plain(url, { headers }),
      (error) => error instanceof TypeError && message.test(error.message) && !dump(error).includes(token),
    );
  });

  test(`${name}, of headers(): the attempt fails, and does not repeat it`, async (t) => {
    const printed = ["error", "warn", "log"].map((name) => t.mock.method(console, name, () => {}));
    const uncaught = reports(t);
    const { connect, requests, clock } = network(t);
    const failures = [];
    const shouldRetry = (failed) => !failures.push(failed);
    const { source, states } = await connect({
      headers: () => headers,
      retry: { initialMs: 1, maxMs: 0, shouldRetry },
    });
    await settle();
    await clock.advance(10);
    assert.equal(requests.length, 0);
    const { status, cause } = states.at(-1);
    assert.deepEqual([status, cause.code, failures.length], ["closed", "network", 1]);
    assert.match(cause.message, message);
    const calls = printed.flatMap(({ mock }) => mock.calls.map((call) => call.arguments));
    for (const seen of [states, source.state, failures, uncaught, calls])
      assert.ok(!dump(seen).includes(token), dump(seen));
  });
}

test("whatever makes headers for a browser does here", () => {
  const same = [
    undefined,
    {},
    { "X-A": "1", "x-b": " 2 " },
    { a: "1", A: "2" },
    { "x-a": 1 },
    [],
    [["x-a", "1"]],
    [new Set(["x-a", "1"])],
    new Headers({ "x-a": "1" }),
    new Map([["x-a", "é"]]),
    vm.runInNewContext("({ 'x-a': '1' })"),
    Object.assign(Object.create(null), { "x-a": "1" }),
  ];
  for (const init of same) assert.deepEqual([...headersOf(init)], [...new Headers(init)], inspect(init));
});
