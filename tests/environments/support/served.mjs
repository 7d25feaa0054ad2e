/** Scripts for what is no page: made in the test, served from an origin of its own. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { build } from "esbuild";
import { at } from "../../../scripts/lib/paths.mjs";

/** In the context: reads two events of a stream, closes, and says what it saw. */
const read = async (url, options) => {
  const { connect } = globalThis.lib;
  const source = connect(url, options);
  const states = [];
  source.onState(({ status, transport, cause }) =>
    states.push([status, transport, cause?.message].filter(Boolean).join(" ")),
  );
  const events = [];
  for await (const { data } of source.events("message")) if (events.push(data) === 2) break;
  source.close();
  return { events, states, has: ["document", "window", "EventSource"].filter((name) => name in globalThis) };
};

const body = (from) => `import { connect } from ${JSON.stringify(from)};
globalThis.lib = { connect };
globalThis.read = ${read};
`;

/** The package by its published entry, as a module. */
export const module = (rest = "") => body("/dist/index.js") + rest;

/** The same in one piece, as a bundler makes it. */
export async function classic(rest = "") {
  const contents = body(at("dist/index.js")) + rest;
  const options = { bundle: true, write: false, format: "iife", target: "es2022", logLevel: "warning" };
  const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: at(".") } });
  return outputFiles[0].text;
}

/** Lets a worker read what it is asked to by messages. */
export const answering = `
  const answer = (port) => {
    port.onmessage = async ({ data }) => {
      try {
        port.postMessage(await read(...data));
      } catch (error) {
        port.postMessage({ failed: error.stack });
      }
    };
  };
`;

/** Serves these texts by their paths, an empty page, and the package, until the test ends; gives the origin. */
export async function serve(test, texts = {}) {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://127.0.0.1");
    const own = pathname.match(/^\/dist\/(.+\.js)$/)?.[1];
    const text =
      pathname === "/"
        ? "<!doctype html><title>page</title>"
        : (texts[pathname] ?? (own && (await readFile(at("dist", own), "utf8").catch(() => undefined))));
    response.writeHead(text ? 200 : 404, {
      "content-type": pathname.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8",
      // The origin of a sandboxed frame is like no other.
      "access-control-allow-origin": "*",
    });
    response.end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
