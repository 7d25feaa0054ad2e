import { disposable } from "./host.js";
import { enter, leave, pageUrl, type Station } from "./platform.js";
import { createServer, type Take } from "./server.js";
import type { MockOptions, MockStream } from "./types.js";

/**
 * Puts a server of an event stream in the place of the network: from now on `connect()`, and the drop-in `EventSource`,
 * find it at this URL, by their own engine, over fetch and over what stands in for the browser's EventSource. Nothing
 * global is faked. Sources that are made while a mock stands run by its clock, on which time passes only as the test says;
 * only waits of up to 50 ms, in which frames are drawn and events gathered, pass by themselves.
 *
 * Several can stand beside each other; of two at the same URL the newer one counts. Other URLs go to the network.
 *
 * @typeParam E - the event map, for what is sent
 * @param url - absolute, or relative to the page; without a page, to `http://localhost/`. Requests to it come here whatever
 * their query is or, if this has a query, if theirs has that and maybe more
 *
 * @example
 * ```ts
 * using orders = mockStream<Orders>("/orders/stream");
 * render(<OrderList />); // it calls connect("/orders/stream")
 * await orders.request();
 * await orders.send("orderUpdate", { orderId: 7, status: "shipped" }, { id: 1 });
 * expect(screen.getByText("shipped")).toBeVisible();
 * orders.cut();
 * expect((await orders.request()).lastEventId).toBe("1");
 * ```
 *
 * @example With a script
 * ```ts
 * using ticks = mockStream("/ticks", {
 *   script: { attempts: [{ steps: [{ events: { to: 5 } }], end: "abort" }, { steps: [{ events: { to: 9 } }], end: "hold" }] },
 * });
 * ```
 */
export const mockStream = <E extends object = Record<string, unknown>>(
  url: string | { readonly href: string },
  { script }: MockOptions = {},
): MockStream<E> => {
  const target = new URL(typeof url === "string" ? url : url.href, pageUrl());
  let isClosed = false;
  const station: Station = {
    // Resuming adds the last event ID to the query.
    matches: ({ origin, pathname, searchParams }) =>
      origin === target.origin &&
      pathname === target.pathname &&
      [...target.searchParams].every(([name, value]) => searchParams.getAll(name).includes(value)),
    take: (...asked: Parameters<Take>) => take(...asked),
  };
  const stage = enter(station);
  const { server, take } = createServer(target.href, script, stage.time, () => isClosed);
  const close = () => {
    isClosed = true;
    leave(station);
  };
  const mock = Object.defineProperties(
    { clock: stage.time, fetch: stage.fetch, close },
    Object.getOwnPropertyDescriptors(server),
  );
  return disposable(mock, close) as unknown as MockStream<E>;
};
