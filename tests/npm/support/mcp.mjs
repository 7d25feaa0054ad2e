/**
 * A server of the Model Context Protocol, revision 2025-11-25, as far as its event streams go. It has one tool, `count`:
 * each connection carries `each` numbers, then the server closes it, until `to` is reached and the response follows.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
 */
import { createServer } from "node:http";

const revision = "2025-11-25";

/** What the specification demands of every request; `undefined` if it has that. */
const wrong = ({ headers }, ...accepted) => {
  if (headers["mcp-protocol-version"] !== revision) return 400;
  return accepted.every((type) => headers.accept?.includes(type)) ? undefined : 400;
};

const bodyOf = async (request) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
};

/**
 * @param resumes - whether it has streams for a GET
 * @param broken - how many connections are broken off in place of being closed
 */
export async function mcpServer(t, { resumes = true, broken = 0 } = {}) {
  const requests = [];
  const streams = new Map();

  // [spec] Event IDs SHOULD encode sufficient information to identify the originating stream.
  const send = (response, { name }, sent, message) =>
    response.write(`id: ${name}-${sent}\ndata: ${message && JSON.stringify(message)}\n\n`);

  const carry = (response, stream, from) => {
    const { id, to, each, retryMs } = stream;
    const end = Math.min(to, from + each);
    for (let number = from + 1; number <= end; number++)
      send(response, stream, number, {
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: id, progress: number, total: to },
      });
    if (end === to) {
      send(response, stream, to + 1, {
        jsonrpc: "2.0",
        id,
        result: { content: [{ type: "text", text: `${to}` }] },
      });
      streams.delete(stream.name);
      response.end();
      return;
    }
    // [spec] … it SHOULD send an SSE event with a standard `retry` field before closing the connection.
    response.write(`retry: ${retryMs}\n\n`);
    if (broken-- > 0) response.write(":\n", () => response.destroy());
    else response.end();
  };

  const answer = async (request, response) => {
    const { method, headers, url } = request;
    const body = await bodyOf(request);
    requests.push({ method, headers, url, body, at: performance.now() });
    const refuse = (status) => response.writeHead(status).end();
    const begin = () =>
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    if (method === "POST") {
      const status = wrong(request, "application/json", "text/event-stream");
      if (status) return refuse(status);
      const { id, method: called, params } = JSON.parse(body);
      // [spec] If the input is a JSON-RPC response or notification … return HTTP status code 202 Accepted with no body.
      if (id === undefined || !called) return refuse(202);
      const stream = { name: `s${streams.size + 1}`, id, ...params.arguments };
      streams.set(stream.name, stream);
      begin();
      // [spec] … an SSE event consisting of an event ID and an empty `data` field in order to prime the client to reconnect.
      send(response, stream, 0, "");
      return carry(response, stream, 0);
    }
    if (method !== "GET") return refuse(405);
    const status = wrong(request, "text/event-stream");
    if (status) return refuse(status);
    const [name, sent] = (headers["last-event-id"] ?? "").split("-");
    const stream = streams.get(name);
    // [spec] … or else return HTTP 405 Method Not Allowed, indicating that the server does not offer an SSE stream.
    if (!resumes || !stream) return refuse(405);
    begin();
    carry(response, stream, Number(sent));
  };

  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}/mcp`, requests };
}

/** The options of a call of the tool. */
export const call = (settings) => ({
  method: "POST",
  headers: {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": revision,
  },
  body: JSON.stringify({
    jsonrpc: "2.0",
    id: 7,
    method: "tools/call",
    params: { name: "count", arguments: { to: 3, each: 1, retryMs: 30, ...settings } },
  }),
  resume: "get",
  // Nothing random is added to what the server asks for.
  retry: { initialMs: 1, maxMs: 0 },
  until: ({ data }) => data.includes('"result"'),
});
