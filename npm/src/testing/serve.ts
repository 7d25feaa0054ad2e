import { decoder, turn } from "./host.js";
import { createServer } from "./server.js";
import { createTiming } from "./timing.js";
import type { MockOptions, ServedStream } from "./types.js";

/** What is used of Node's `http`. */
interface Http {
  createServer(answer: (request: Incoming, response: Outgoing) => void): HttpServer;
}

interface HttpServer {
  listen(port: number, hostname: string, listening: () => void): void;
  once(type: "error", listener: (error: Error) => void): void;
  address(): { readonly port: number };
  close(closed: () => void): void;
  closeAllConnections(): void;
}

interface Incoming extends AsyncIterable<Uint8Array> {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

interface Outgoing {
  writeHead(status: number, headers: object): void;
  flushHeaders(): void;
  write(bytes: Uint8Array): boolean;
  end(): void;
  destroy(): void;
  once(type: "close", listener: () => void): void;
}

const hostname = "127.0.0.1";

/** Lets pages of all origins in. */
const allowing = ({ headers }: Incoming) => ({
  "access-control-allow-origin": headers.origin ?? "*",
  "access-control-allow-credentials": "true",
  "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
  "access-control-allow-methods": headers["access-control-request-method"] ?? "*",
  "access-control-expose-headers": "*",
  vary: "origin",
});

/**
 * Serves an event stream over HTTP from Node, for tests that drive a real browser: Playwright's `route.fulfill()` cannot
 * stream. It speaks the same scripts as `mockStream()`, and is driven by hand in the same way; time is the machine's.
 * It listens on 127.0.0.1, on a port of its own, answers at any path, and lets pages of all origins in.
 *
 * Over a network nobody knows when the application's handlers had what was sent: `send()` and the others are fulfilled when
 * it is on its way. All requests have the `transport` `"fetch"`.
 *
 * @typeParam E - the event map, for what is sent
 * @throws Error where there is no Node
 *
 * @example In Playwright
 * ```ts
 * test("an order shows", async ({ page }) => {
 *   await using orders = await serveStream<Orders>();
 *   await page.route("/orders/stream", (route) => route.continue({ url: orders.url }));
 *   await page.goto("/orders");
 *   await orders.request();
 *   orders.send("orderUpdate", { orderId: 7, status: "shipped" }, { id: 1 });
 *   await expect(page.getByText("shipped")).toBeVisible();
 *   orders.cut();
 *   expect((await orders.request()).lastEventId).toBe("1");
 * });
 * ```
 */
export const serveStream = async <E extends object = Record<string, unknown>>({
  script,
}: MockOptions = {}): Promise<ServedStream<E>> => {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: "node:http"): Http } };
  const http = process?.getBuiltinModule?.("node:http");
  if (!http) throw new Error("serveStream() needs Node: use mockStream() here");
  let isClosed = false;

  const answer = async (request: Incoming, response: Outgoing) => {
    const allowed = allowing(request);
    if (request.method === "OPTIONS") {
      response.writeHead(204, allowed);
      return response.end();
    }
    const controller = new AbortController();
    response.once("close", () => controller.abort());
    const utf8 = decoder();
    let text = "";
    for await (const part of request) text += utf8.decode(part, { stream: true });
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = `${value}`;
    const exchange = take(
      {
        method: request.method,
        url: new URL(request.url, server.url).href,
        headers,
        body: text || undefined,
        credentials: "cookie" in headers ? "include" : "same-origin",
        transport: "fetch",
      },
      headers["last-event-id"] ?? "",
      controller.signal,
    );
    const { status, headers: own, body } = await exchange.response;
    const all: Record<string, string> = {};
    own.forEach((value, name) => {
      all[name] = value;
    });
    response.writeHead(status, { ...allowed, ...all });
    response.flushHeaders();
    for (const reader = body?.getReader(); reader; ) {
      const { value } = await reader.read();
      if (!value) break;
      response.write(value);
    }
    response.end();
  };

  const listener = http.createServer((request, response) => {
    answer(request, response).catch(async () => {
      // An error takes along what is not flushed yet, which may be the head of the response.
      await turn();
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, hostname, resolve);
  });
  const href = `http://${hostname}:${listener.address().port}/`;
  const { server, take } = createServer(href, script, createTiming(), () => isClosed);

  const close = () => {
    isClosed = true;
    return new Promise<void>((resolve) => {
      listener.close(resolve);
      listener.closeAllConnections();
    });
  };
  const served = Object.defineProperties({ close }, Object.getOwnPropertyDescriptors(server));
  return Object.defineProperty(served, Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose"), {
    value: close,
  }) as unknown as ServedStream<E>;
};
