/** A server of pages with a content security policy; the streams are the test server's, another origin. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const dist = new URL("../../../dist/", import.meta.url);

/**
 * Serves pages and the package until the test ends; gives the origin.
 *
 * @param policy - of all that is served
 * @param files - more scripts and pages, by their paths; of a function, `{ text, policy }` for each request
 */
export async function policed(test, policy, files = {}) {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://127.0.0.1");
    const own = pathname.match(/^\/dist\/(.+\.js)$/)?.[1];
    const file = () => own && readFile(new URL(own, dist)).catch(() => undefined);
    const page = pathname === "/" ? "<!doctype html><title>page</title>" : undefined;
    const given = files[pathname];
    const text = page ?? given ?? (await file());
    const served = typeof given === "function" ? given() : { text, policy };
    // A worker with a URL has the policy that comes with its script.
    response.writeHead(served.text ? 200 : 404, {
      "content-type": /(?:\/|html)$/.test(pathname) ? "text/html" : "text/javascript",
      ...(served.policy && { "content-security-policy": served.policy }),
    });
    response.end(served.text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
