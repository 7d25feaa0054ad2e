/** TypeScript's language server, as an editor talks to it. */

import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { program } from "./package.mjs";

/** Starts it for a folder; it ends with the test. */
export async function languageServer(test, folder) {
  const child = spawn(process.execPath, [await program("typescript", "tsc"), "--lsp", "-stdio"], {
    cwd: folder,
    stdio: ["pipe", "pipe", "inherit"],
  });
  test.after(() => child.kill());
  const waiting = new Map();
  let count = 0;
  let rest = Buffer.alloc(0);
  const send = (message) => {
    const text = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    child.stdin.write(`Content-Length: ${text.length}\r\n\r\n`);
    child.stdin.write(text);
  };
  const hear = ({ id, method, result, error }) => {
    // What it asks an editor for, this one has not.
    if (method) return id === undefined ? undefined : send({ id, result: null });
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  };
  child.stdout.on("data", (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const head = rest.indexOf("\r\n\r\n");
      const length = Number(
        /content-length: (\d+)/i.exec(rest.subarray(0, Math.max(head, 0)).toString())?.[1],
      );
      if (head < 0 || rest.length < head + 4 + length) return;
      const message = rest.subarray(head + 4, head + 4 + length);
      rest = rest.subarray(head + 4 + length);
      hear(JSON.parse(message));
    }
  });
  child.once("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("the language server ended"));
  });
  const ask = (method, params) =>
    new Promise((resolve, reject) => {
      waiting.set(++count, { resolve, reject });
      send({ id: count, method, params });
    });

  const rootUri = pathToFileURL(folder).href;
  await ask("initialize", {
    processId: process.pid,
    rootUri,
    capabilities: { textDocument: { hover: { contentFormat: ["markdown"] } } },
  });
  send({ method: "initialized", params: {} });
  return {
    open(uri, text) {
      send({
        method: "textDocument/didOpen",
        params: { textDocument: { uri, languageId: "typescript", version: 1, text } },
      });
    },
    /** What is shown where the mouse is, and where "go to definition" leads. */
    hover: (uri, position) => ask("textDocument/hover", { textDocument: { uri }, position }),
    definition: (uri, position) => ask("textDocument/definition", { textDocument: { uri }, position }),
  };
}
