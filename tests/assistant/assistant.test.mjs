/** An assistant's client in twenty lines: each way a stream can end, by default options, beside two peers. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { answer } from "../../examples/assistant/assistant.mjs";
import { answer as overParser } from "./support/eventsource-parser.mjs";
import { answer as overFetchEventSource } from "./support/fetch-event-source.mjs";
import { apis, refuse, serve, stream } from "./support/server.mjs";

/**
 * Each scenario: the server's replies, the right outcome, and the peers that come to another one by default.
 *
 * An outcome is the text that was yielded, what was thrown, and how many requests were made.
 */
const scenarios = {
  "a whole answer": {
    replies: (api) => [whole(api)],
    right: { text: "Hello, world", requests: 1 },
  },
  "the user stops it": {
    replies: (api) => [(response) => stream(response, api.begin, api.piece("Hello"))],
    stopAt: "Hello",
    right: { text: "Hello", requests: 1, gone: true },
  },
  "refused with 429 and Retry-After, then answered": {
    replies: (api) => [refuse(429, { "retry-after": "1" }), whole(api)],
    right: { text: "Hello, world", requests: 2, pauseMs: 1000 },
  },
  "an error in the midst of the stream": {
    replies: (api) => [
      (response) => stream(response, api.begin, api.piece("Hello"), api.error("overloaded")),
    ],
    right: { text: "Hello", thrown: /^overloaded$/, requests: 1, gone: true },
  },
  "the connection is cut": {
    replies: (api) => [
      async (response) => {
        await stream(response, api.begin, api.piece("Hello"));
        response.socket.resetAndDestroy();
      },
    ],
    right: { text: "Hello", thrown: /./, requests: 1 },
  },
  "the response ends before the answer does": {
    replies: (api) => [
      async (response) => {
        await stream(response, api.begin, api.piece("Hello"));
        response.end();
      },
    ],
    right: { text: "Hello", thrown: /./, requests: 1 },
  },
  "refused for good": {
    replies: () => [refuse(401)],
    right: { text: "", thrown: /401/, requests: 1 },
  },
};

/** A whole answer, cut in the midst of a line and of a character. */
function whole(api) {
  return async (response) => {
    const bytes = Buffer.from(api.begin + api.piece("Hello") + api.piece(", world") + api.end);
    const cut = Math.floor(bytes.length / 2);
    await stream(response, bytes.subarray(0, cut), bytes.subarray(cut));
    response.end();
  };
}

/** What a client makes of a scenario. */
async function outcomeOf(client, api, { replies, stopAt, right }) {
  const controller = new AbortController();
  // Some clients would go on for ever.
  const server = await serve(api.path, replies(api), () => controller.abort());
  let text = "";
  let thrown;
  try {
    const options = { body: { prompt: "Hi" }, signal: controller.signal };
    for await (const piece of client(server.url, options)) {
      text += piece;
      if (text === stopAt) controller.abort();
    }
  } catch (error) {
    thrown = error;
  }
  if (right.gone) await server.requests[0].gone;
  const { requests } = server;
  server.stop();
  return { text, thrown, requests };
}

const isRight = ({ text, thrown, requests }, { right }) => {
  assert.equal(text, right.text);
  assert.equal(requests.length, right.requests, "requests");
  // A client that is stopped may say so by an error.
  if (right.thrown) assert.match(thrown ? thrown.message : "", right.thrown);
  else assert.ok(!thrown || thrown.name === "AbortError", `${thrown}`);
  assert.ok(requests.every(({ method, body }) => method === "POST" && JSON.parse(body).stream));
  if (right.pauseMs) assert.ok(requests[1].at - requests[0].at >= right.pauseMs);
};

for (const [style, api] of Object.entries(apis))
  for (const [name, scenario] of Object.entries(scenarios))
    test(`${style}: ${name}`, async () => {
      isRight(await outcomeOf(answer, api, scenario), scenario);
    });

/** The scenarios that a peer does not get right by default, for either style. */
const wrong = {
  "eventsource-parser": [overParser, []],
  "fetch-event-source": [overFetchEventSource, []],
};

for (const [peer, [client, names]] of Object.entries(wrong))
  for (const [style, api] of Object.entries(apis))
    test(`${peer}, ${style}: ${names.length} of ${Object.keys(scenarios).length} come out wrong`, async () => {
      const found = [];
      for (const [name, scenario] of Object.entries(scenarios)) {
        const outcome = await outcomeOf(client, api, scenario);
        try {
          isRight(outcome, scenario);
        } catch (error) {
          if (process.env.VERBOSE) console.error(name, error.message, outcome);
          found.push(name);
        }
      }
      assert.deepEqual(found, names);
    });

test("the client is at most twenty lines", async () => {
  const text = await readFile(new URL("../../examples/assistant/assistant.mjs", import.meta.url), "utf8");
  const code = text.split("\n").filter((line) => line.trim() && !line.startsWith("/**"));
  assert.ok(code.length <= 20, `${code.length}`);
});
