/**
 * The network between a page and the test server, which breaks as a fault says. Each fault has one of its own: it
 * serves the page and the package too, so that to the page it is the server.
 */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { extname } from "node:path";
import { Readable } from "node:stream";
import { at } from "../../../scripts/lib/paths.mjs";
import { answers } from "./answers.mjs";

const host = "127.0.0.1";

/** What begins like this is carried to the server; the rest are files. */
const streams = "/scenarios/";

const files = {
  "/soak/": at("tests/soak/page/"),
  "/dist/": at("dist/"),
  "/faults/": at("tests/faults/page/"),
  "/support/": at("tests/faults/support/"),
};
const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };

/**
 * @param server - the origin of the test server
 * @param network - what befalls the first connection, the second …. At the byte `plus` after the text `after` the rest is
 * held back; once the page has seen so many `events`, `act` is done. Without `after` nothing is held back before that,
 * without `events` it is done at once, and without either before the server hears of the request.
 */
export async function proxy(server, network = []) {
  const asked = [];
  // The connections that carry a stream, with what can be done to each.
  const open = new Map();
  // What is to be done once the page has told enough.
  const plans = new Set();
  let seen = { events: 0, losses: 0 };
  let heard = () => {};

  const when = (condition, act) => plans.add({ condition, act });
  const look = () => {
    for (const plan of [...plans]) if (plan.condition() && plans.delete(plan)) plan.act();
  };

  const listener = createServer((socket) => {
    let head = "";
    const listen = (bytes) => {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", listen);
      const [, path] = head.split(" ");
      if (path.startsWith(streams)) request(socket, head, path);
      else serve(socket, path);
    };
    socket.on("data", listen);
    // Who leaves need not say so.
    socket.on("error", () => {});
  });
  listener.listen(0, host);
  await once(listener, "listening");
  const { port } = listener.address();

  function request(socket, head, path) {
    const fault = network[asked.length] ?? {};
    const header = head.match(/^last-event-id: *(.*)\r$/im)?.[1];
    const query = new URL(path, server).searchParams.get("lastEventId");
    asked.push({ lastEventId: header ?? query ?? "", at: performance.now() });
    open.set(socket, {});
    socket.once("close", () => open.delete(socket));
    heard();
    if (answers[fault.act]) answers[fault.act](socket, fault);
    else if (fault.act === "reset" && !fault.events) socket.resetAndDestroy();
    else carry(socket, head, fault);
  }

  function carry(socket, head, { after, plus = 0, events, act, everyMs, refuse }) {
    const upstream = connect(Number(new URL(server).port), host);
    upstream.write(head, "latin1");
    upstream.on("error", () => socket.destroy());
    upstream.on("end", () => socket.end());
    socket.on("data", (bytes) => upstream.write(bytes));
    socket.once("close", () => upstream.destroy());
    socket.on("drain", () => upstream.resume());

    const marker = Buffer.from(after ?? "");
    // How many bytes may still pass, which is not known before the marker has come.
    let left = Number.POSITIVE_INFINITY;
    let tail = Buffer.alloc(0);
    const held = [];
    upstream.on("data", (bytes) => {
      if (marker.length && left === Number.POSITIVE_INFINITY) {
        const all = Buffer.concat([tail, bytes]);
        const found = all.indexOf(marker);
        if (found >= 0) left = found + marker.length + plus - tail.length;
        tail = all.subarray(Math.max(0, all.length - marker.length + 1));
      }
      const passing = bytes.subarray(0, left);
      left -= passing.length;
      if (passing.length && !socket.write(passing)) upstream.pause();
      if (act === "trickle") held.push(...bytes.subarray(passing.length));
    });

    const acts = {
      cut() {
        socket.end();
        upstream.destroy();
      },
      reset() {
        socket.resetAndDestroy();
        upstream.destroy();
      },
      swallow() {
        left = 0;
      },
    };
    open.set(socket, acts);
    if (act === "trickle") {
      const timer = setInterval(() => held.length && socket.write(Buffer.of(held.shift())), everyMs);
      socket.once("close", () => clearInterval(timer));
    }
    if (!events) return;
    when(
      () => seen.events >= events,
      () => {
        if (refuse) refuseUntil(seen.losses + 1 + refuse);
        acts[act]();
      },
    );
  }

  /** Refuses connections until the page has lost so many. */
  function refuseUntil(losses) {
    listener.close();
    when(
      () => seen.losses >= losses,
      () => listener.listen(port, host),
    );
  }

  return {
    origin: `http://${host}:${port}`,
    /** The requests that came for the stream: the last event ID of each, and when it came. */
    asked,
    /** How many of their connections are open. */
    open: () => open.size,
    /** Gets what the page has seen. */
    told(now) {
      seen = now;
      look();
    },
    /** Does `act` (cut, reset, swallow) to one of them, which `choose` picks from how many there are. */
    disturb(act, choose) {
      const acts = [...open.values()].filter((acts) => acts[act]);
      acts[choose(acts.length)]?.[act]();
    },
    /** Calls `listener` with every request. */
    onRequest(listener) {
      heard = listener;
    },
    close() {
      plans.clear();
      for (const socket of open.keys()) socket.destroy();
      listener.close();
    },
  };
}

/** A file, in a connection of its own: what is open later is there for the stream. */
async function serve(socket, path) {
  const place = Object.keys(files).find((place) => path.startsWith(place));
  const { pathname } = new URL(path, "http://localhost");
  const content =
    place && (await readFile(files[place] + pathname.slice(place.length)).catch(() => undefined));
  const status = content ? "200 OK" : "404 Not Found";
  const type = types[extname(pathname)] ?? "text/plain";
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: ${type}; charset=utf-8\r\n`;
  const body = content ?? "there is no such file";
  Readable.from([`${head}content-length: ${body.length}\r\n\r\n`, body]).pipe(socket);
}
