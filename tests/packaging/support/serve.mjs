/** A server of static files, another origin than that of the streams. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = {
  // A classic script has the encoding of its page; no app may need that to be the package's.
  ".html": "text/html; charset=windows-1252",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves a folder until the test ends; gives the origin. */
export async function serve(test, folder, headers = {}) {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://127.0.0.1");
    const path = normalize(pathname === "/" ? "/index.html" : pathname);
    const content = await readFile(join(folder, path)).catch(() => undefined);
    const type = types[extname(path)] ?? "application/octet-stream";
    response.writeHead(content ? 200 : 404, { "content-type": type, ...headers }).end(content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
