/** Each way that an answer's stream can go, its right outcome, and what a client makes of it. */

import assert from "node:assert/strict";
import { refuse, serve, stream } from "./server.mjs";

/**
 * Each scenario: the server's replies, the right outcome by default options.
 *
 * An outcome is the text that was yielded, what was thrown, and how many requests were made.
 */
export const scenarios = {
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
    right: { text: "Hello", thrown: /./, code: "network", requests: 1 },
  },
  "the response ends before the answer does": {
    replies: (api) => [
      async (response) => {
        await stream(response, api.begin, api.piece("Hello"));
        response.end();
      },
    ],
    right: { text: "Hello", thrown: /./, code: "truncated", requests: 1 },
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

/** What a client makes of a scenario. A tidy client has to let go of the connection where that is right. */
export async function outcomeOf(client, api, { replies, stopAt, right }, isTidy = false) {
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
  // Not each client lets go of the connection.
  if (right.gone && isTidy) await server.requests[0].gone;
  const { requests } = server;
  server.stop();
  return { text, thrown, requests };
}

export const isRight = ({ text, thrown, requests }, { right }) => {
  assert.equal(text, right.text);
  assert.equal(requests.length, right.requests, "requests");
  // A client that is stopped may say so by an error.
  if (right.thrown) assert.match(thrown ? thrown.message : "", right.thrown);
  else assert.ok(!thrown || thrown.name === "AbortError", `${thrown}`);
  assert.ok(requests.every(({ method, body }) => method === "POST" && JSON.parse(body).stream));
  if (right.pauseMs) assert.ok(requests[1].at - requests[0].at >= right.pauseMs);
};
