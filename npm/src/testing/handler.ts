import { createServer } from "./server.js";
import { createTiming } from "./timing.js";
import type { HandledStream, MockOptions } from "./types.js";

/**
 * An event stream for whatever takes a `Request` and wants a `Response`: a handler of msw, a Service Worker, a server of the
 * Fetch kind. It speaks the same scripts as `mockStream()`, and is driven by hand in the same way; time is the machine's.
 *
 * Over these, nobody knows when the application's handlers had what was sent: `send()` and the others are fulfilled when it is on
 * its way. All requests have the `transport` `"fetch"`.
 *
 * @typeParam E - the event map, for what is sent
 *
 * @example With msw, whose own `sse()` is for EventSource only
 * ```ts
 * const orders = streamHandler<Orders>();
 * const worker = setupWorker(http.all("/orders/stream", ({ request }) => orders.handle(request)));
 * await orders.request();
 * orders.send("orderUpdate", { orderId: 7, status: "shipped" }, { id: 1 });
 * ```
 */
export const streamHandler = <E extends object = Record<string, unknown>>({
  script,
}: MockOptions = {}): HandledStream<E> => {
  const { server, take } = createServer("any URL", script, createTiming(), () => false);
  const handle = async (request: Request): Promise<Response> => {
    const headers: Record<string, string> = {};
    request.headers.forEach((value, name) => {
      headers[name] = value;
    });
    const { method, url, credentials, signal } = request;
    const asked = { ...{ method, url, headers, credentials }, transport: "fetch" } as const;
    const text = await request.text();
    const exchange = take({ ...asked, body: text || undefined }, headers["last-event-id"] ?? "", signal);
    const { status, headers: own, body } = await exchange.response;
    const reader = body?.getReader();
    const stream =
      reader &&
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { value } = await reader.read();
          if (value) controller.enqueue(value);
          else controller.close();
        },
        cancel: () => reader.cancel(),
      });
    return new Response(stream ?? null, { status, headers: own });
  };
  const handled = Object.defineProperties({ handle }, Object.getOwnPropertyDescriptors(server));
  return handled as unknown as HandledStream<E>;
};
