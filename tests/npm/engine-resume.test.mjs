/** How the last event ID gets to the server. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { withParameter } from "../../npm/modules/engine/url.js";
import { network, settle, url } from "./support/network.mjs";

const retry = { initialMs: 100, maxMs: 0 };
const sent = ({ init }) => new Headers(init.headers).get("last-event-id");

test("an id in the URL's own parameter does not travel beside a newer header", async (t) => {
  const { connect, requests, clock } = network(t);
  await connect({ transport: "fetch", retry }, `${url}?a=1&lastEventId=5&b=%20#x`);
  // As long as there is no newer one, it is the server's to read.
  assert.deepEqual([requests[0].url, sent(requests[0])], [`${url}?a=1&lastEventId=5&b=%20#x`, null]);
  await requests[0].answer();
  await requests[0].chunk("id: 7\n\n");
  await requests[0].end();
  await clock.advance(1000);
  assert.deepEqual([requests[1].url, sent(requests[1])], [`${url}?a=1&b=%20#x`, "7"]);
});

test("the parameter is the one that the option names", async (t) => {
  const { connect, requests } = network(t);
  const to = `${url}?lastEventId=5&since=6`;
  for (const [lastEventIdParam, expected] of [
    [undefined, `${url}?since=6`],
    ["since", `${url}?lastEventId=5`],
    [false, to],
  ]) {
    await connect({ transport: "fetch", lastEventId: "7", lastEventIdParam }, to);
    assert.deepEqual([requests.at(-1).url, sent(requests.at(-1))], [expected, "7"]);
  }
});

test("what else is in the query stays as it was written", () => {
  for (const [query, name, expected] of [
    ["?a&&b=%7e+&c=", "d", "?a&&b=%7e+&c="],
    ["?d", "d", ""],
    ["?d&a", "d", "?a"],
    ["?d=1&a=%7e&d=2", "d", "?a=%7e"],
    ["?dd=1&a=d=1", "d", "?dd=1&a=d=1"],
    ["?%C3%A9=1&a", "é", "?a"],
    ["?", "d", "?"],
    ["", "d", ""],
  ])
    assert.equal(withParameter(`${url}${query}#h`, name), `${url}${query && expected}#h`, query);
});

test("under auto a retry of the application's own takes fetch at once, which hears what EventSource hides", async (t) => {
  const { connect, requests, natives, clock } = network(t, { page: "http://127.0.0.1" });
  const { states } = await connect({ retry: { initialMs: 300, maxMs: 0 } });
  assert.deepEqual([natives.length, requests.length], [0, 1]);
  await requests[0].answer();
  // An id of a block without data, and the server's reconnection time.
  await requests[0].chunk("id: 7\nretry: 5000\n\n");
  await requests[0].end();
  const { status, waitMs } = states.at(-1);
  assert.deepEqual([status, waitMs], ["reconnecting", 5000]);
  await clock.advance(5000);
  assert.equal(sent(requests[1]), "7");
});

test("under auto an id to begin with goes to the own origin as a header", async (t) => {
  const { connect, requests, natives } = network(t, { page: "http://127.0.0.1" });
  await connect({ lastEventId: "7" });
  assert.deepEqual([natives.length, requests.length], [0, 1]);
  assert.deepEqual([requests[0].url, sent(requests[0])], [url, "7"]);
});

test("under auto a stored id goes to the own origin as a header", async (t) => {
  const { connect, requests, natives } = network(t, { page: "http://127.0.0.1" });
  const storage = new Map([["k", "typed-eventsource 1 9"]]);
  await connect({ persist: { storage, key: "k" } });
  for (let n = 0; n < 5 && !requests.length; n++) await settle();
  assert.deepEqual([natives.length, requests[0]?.url, sent(requests[0])], [0, url, "9"]);
});

for (const word of [true, false, undefined])
  test(`an idempotent POST whose stream ends is ${word ? "" : "not "}repeated if shouldRetry says ${word}`, async (t) => {
    const { connect, requests, clock } = network(t);
    const asked = [];
    const shouldRetry = ({ cause, retryable }) => {
      asked.push([cause.code, retryable]);
      return word;
    };
    const options = {
      method: "POST",
      idempotent: true,
      retry: { ...retry, shouldRetry: word === undefined ? undefined : shouldRetry },
    };
    const { states } = await connect(options);
    for (let n = 0; n < 3 && !requests.length; n++) await settle();
    await requests[0].answer();
    await requests[0].chunk("id: 7\ndata\n\n");
    await requests[0].end();
    await clock.advance(1000);
    await settle();
    assert.equal(requests.length, word ? 2 : 1);
    assert.deepEqual(
      states.slice(1).map(({ status, reason, cause }) => reason ?? cause?.code ?? status),
      word ? ["end-of-stream", "connecting"] : ["ended"],
    );
    if (word !== undefined) assert.deepEqual(asked, [["end-of-stream", false]]);
    if (word) assert.equal(sent(requests[1]), "7");
  });

test("a POST that may not be repeated is not, whatever shouldRetry says of its end", async (t) => {
  const { connect, requests, clock } = network(t);
  const { states } = await connect({ method: "POST", retry: { ...retry, shouldRetry: () => true } });
  for (let n = 0; n < 3 && !requests.length; n++) await settle();
  await requests[0].answer();
  await requests[0].end();
  await clock.advance(1000);
  assert.deepEqual([states.at(-1).reason, requests.length], ["ended", 1]);
});
