/** A server of another origin than the pages', which knows of each preflight: the test server answers those unseen. */

import { createServer } from "node:http";

/** Answers everything with a stream that stays open, until the test ends; `requests` are those that came. */
export async function otherOrigin(test) {
  const requests = [];
  const server = createServer(({ method, url, headers }, response) => {
    requests.push({ method, url, headers });
    response.writeHead(method === "OPTIONS" ? 204 : 200, {
      "access-control-allow-origin": headers.origin,
      "access-control-allow-methods": headers["access-control-request-method"] ?? "*",
      "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
      // Each request is to ask for itself.
      "access-control-max-age": "0",
      "content-type": "text/event-stream",
    });
    if (method === "OPTIONS") response.end();
    else response.flushHeaders();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, requests };
}
