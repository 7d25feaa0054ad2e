/** An origin of a test's own, which answers as the test says: the test server lets every page read everything. */

import { createServer } from "node:http";

/** Listens until the test ends; gives the origin, and the requests that came. */
export async function origin(test, answer) {
  const requests = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    requests.push({ method, url, headers });
    answer(request, response, requests.length);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  test.after(stop);
  return { origin: `http://127.0.0.1:${server.address().port}`, requests, stop };
}

/** Begins an event stream, which stays open. */
export function stream(response, text, headers = {}) {
  response.writeHead(200, { "content-type": "text/event-stream", ...headers }).write(text);
  return response;
}
