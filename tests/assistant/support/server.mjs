/** APIs that stream answers as OpenAI's and Anthropic's do, and what goes wrong with them. */

import { createServer } from "node:http";

const json = (value) => JSON.stringify(value);

/** How each API writes: a piece of text, an error in the midst of the stream, and the end. */
export const apis = {
  OpenAI: {
    path: "/v1/chat/completions",
    begin: `data: ${json({ choices: [{ delta: { role: "assistant", content: "" } }] })}\n\n`,
    piece: (text) => `data: ${json({ choices: [{ delta: { content: text } }] })}\n\n`,
    error: (message) => `data: ${json({ error: { message, type: "server_error" } })}\n\n`,
    end: `data: ${json({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
  },
  Anthropic: {
    path: "/v1/messages",
    begin:
      `event: message_start\ndata: ${json({ type: "message_start", message: { role: "assistant" } })}\n\n` +
      `event: content_block_start\ndata: ${json({ type: "content_block_start", index: 0 })}\n\n` +
      `event: ping\ndata: ${json({ type: "ping" })}\n\n`,
    piece: (text) =>
      `event: content_block_delta\ndata: ${json({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })}\n\n`,
    error: (message) =>
      `event: error\ndata: ${json({ type: "error", error: { type: "overloaded_error", message } })}\n\n`,
    end:
      `event: content_block_stop\ndata: ${json({ type: "content_block_stop", index: 0 })}\n\n` +
      `event: message_delta\ndata: ${json({ type: "message_delta", delta: { stop_reason: "end_turn" } })}\n\n` +
      `event: message_stop\ndata: ${json({ type: "message_stop" })}\n\n`,
  },
};

/**
 * Starts a server.
 *
 * @param replies - functions that answer one request each
 * @param beyond - told of a request beyond them, which is refused
 * @returns its URL, the requests that came, and what stops it
 */
export async function serve(path, replies, beyond) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const at = performance.now();
    let body = "";
    for await (const chunk of request) body += chunk;
    const gone = new Promise((resolve) => response.on("close", resolve));
    requests.push({ method: request.method, url: request.url, body, at, gone });
    const reply = replies[requests.length - 1];
    if (!reply) {
      response.writeHead(500).end("one request too many");
      beyond();
      return;
    }
    await reply(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${path}`,
    requests,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Begins a stream with these writes. */
export const stream = async (response, ...writes) => {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const text of writes) await new Promise((resolve) => response.write(text, resolve));
};

/** Refuses a request. */
export const refuse = (status, headers = {}) => {
  const body = json({ error: { message: `refused with ${status}` } });
  return (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
};
