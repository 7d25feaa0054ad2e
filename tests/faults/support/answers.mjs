/** Answers that no server gives: made by the network itself, since they would be too much for a server, or are no HTTP. */

import { Readable } from "node:stream";
import { block, end, garbage } from "./log.mjs";

const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
const megabyte = 1_000_000;

/** Writes what `pieces` gives as fast as it is taken, and keeps the connection open. */
const write = (socket, pieces) => Readable.from(pieces).pipe(socket, { end: false });

function* endless() {
  yield "HTTP/1.1 200 OK\r\n";
  const line = `x-endless: ${"x".repeat(4000)}\r\n`;
  for (;;) yield line;
}

/** One event whose data is so long. */
function* large(bytes) {
  yield head + block("tick", 1, "1");
  yield "event: tick\nid: 2\ndata: ";
  const piece = "x".repeat(megabyte);
  for (let left = bytes; left > 0; left -= megabyte) yield piece.slice(0, left);
  yield `\n\n${end}`;
}

/** So many events that are as small as can be. */
function* numbers(to) {
  yield head;
  for (let n = 1; n <= to; ) {
    let piece = "";
    for (const last = Math.min(to, n + 9999); n <= last; n++) piece += `data:${n}\nid:${n}\n\n`;
    yield piece;
  }
  yield end;
}

export const answers = {
  "endless-header"(socket, { everyMs }) {
    if (!everyMs) return write(socket, endless());
    socket.write("HTTP/1.1 200 OK\r\n");
    const timer = setInterval(() => socket.write("x-endless: x\r\n"), everyMs);
    socket.once("close", () => clearInterval(timer));
  },
  garbage: (socket) => socket.end(garbage(4096)),
  large: (socket, { bytes }) => write(socket, large(bytes)),
  numbers: (socket, { to }) => write(socket, numbers(to)),
};
