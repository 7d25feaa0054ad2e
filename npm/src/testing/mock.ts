import { type Asked, createExchange, type Exchange, textOfHeader } from "./exchange.js";
import { disposable, turn } from "./host.js";
import { enter, leave, pageUrl, type Station } from "./platform.js";
import { play } from "./play.js";
import type { ScriptAttempt } from "./script.js";
import { createSender } from "./sender.js";
import type { Answering, MockOptions, MockRequest, MockStream, Refusal, RequestOptions } from "./types.js";

/** How many tasks of others a request is waited for before the clock goes on, and after it has. */
const TASKS = 20;
const LATE_TASKS = 1000;

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
 * their query is, unless this has one
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
  const param = script?.lastEventIdParam ?? "lastEventId";
  const requests: MockRequest[] = [];
  const exchanges: Exchange[] = [];
  let given = 0;
  let isClosed = false;

  let usual: ScriptAttempt | undefined = script ? undefined : { end: "hold" };
  let attempts = [...(script?.attempts ?? [])];
  let soon: { readonly attempt: ScriptAttempt; times: number }[] = [];
  const nextAttempt = (): ScriptAttempt => {
    const [first] = soon;
    if (first) {
      if (--first.times <= 0) soon.shift();
      return first.attempt;
    }
    if (usual) return usual;
    const isLast = attempts.length === 1 && script?.afterwards === "repeat-last";
    return (isLast ? attempts[0] : attempts.shift()) ?? { status: 204, headers: { "content-type": null } };
  };

  let releases = 0;
  let waiting: { readonly exchange: Exchange; readonly go: () => void }[] = [];
  const released = (exchange: Exchange) =>
    new Promise<void>((go) => {
      waiting.push({ exchange, go });
      let next = releases;
      releases = 0;
      for (; next > 0; next--) releaseOne();
    });
  const releaseOne = () => {
    waiting = waiting.filter(({ exchange }) => !exchange.isOver());
    const next = waiting.shift();
    if (next) next.go();
    else releases++;
  };

  const station: Station = {
    matches: ({ origin, pathname, search }) =>
      origin === target.origin &&
      pathname === target.pathname &&
      (!target.search || target.search === search),
    take(asked: Asked, lastEventId, signal) {
      const inQuery = new URL(asked.url).searchParams.get(param);
      const exchange: Exchange = createExchange(
        asked,
        {
          number: requests.length + 1,
          lastEventId:
            (asked.transport === "fetch" ? textOfHeader(lastEventId) : lastEventId) || (inQuery ?? ""),
          atMs: stage.time.now,
        },
        signal,
        (attempt) => play(attempt, exchange, stage.time, released),
        () => stage.time.settle(),
      );
      exchanges.push(exchange);
      requests.push(exchange.request);
      play(nextAttempt(), exchange, stage.time, released);
      return exchange;
    },
  };
  const stage = enter(station);

  const answer = (attempt: ScriptAttempt, { times = Infinity }: Answering = {}) => {
    if (times < Infinity) {
      soon.push({ attempt, times });
      return;
    }
    soon = [];
    attempts = [];
    usual = attempt;
  };
  const open = () => {
    if (isClosed) throw new Error(`the mock of ${target.href} is closed`);
    const all = exchanges.filter(({ request }) => request.isOpen);
    if (!all.length)
      throw new Error(
        `no connection to ${target.href} is open, of ${requests.length} requests: wait for request() before you send`,
      );
    return all;
  };

  const mock = {
    url: target.href,
    clock: stage.time,
    requests,
    get connections() {
      return requests.filter(({ isOpen }) => isOpen);
    },
    async request({ withinMs = 60_000 }: RequestOptions = {}) {
      const { time } = stage;
      const end = time.now + withinMs;
      const mine = given++;
      const isMissing = () => mine >= requests.length;
      await time.settle();
      for (let task = 0; task < TASKS && isMissing(); task++) await turn();
      while (isMissing() && (await time.next(end)));
      // What the application waits for may be no matter of this clock.
      for (let task = 0; task < LATE_TASKS && isMissing(); task++) await turn();
      const request = requests[mine];
      if (request) {
        await time.settle();
        return request;
      }
      given = Math.min(given, mine);
      throw new Error(
        `no request came to ${target.href} within ${withinMs} ms of the clock, after ${requests.length}`,
      );
    },
    accept: ({ headers, ...options }: Answering & Pick<ScriptAttempt, "headers"> = {}) =>
      answer({ headers, end: "hold" }, options),
    refuse(status: number, { headers, body, ...options }: Refusal = {}) {
      const steps = body === undefined ? [] : [{ send: body }];
      answer({ status, headers: { "content-type": "text/plain", ...headers }, steps }, options);
    },
    stall: (options?: Answering) => answer({ respond: false }, options),
    answer,
    release() {
      releaseOne();
      return stage.time.settle();
    },
    fetch: stage.fetch,
    close() {
      isClosed = true;
      leave(station);
    },
    ...createSender(open, () => stage.time.settle()),
  };
  return disposable(mock, mock.close) as unknown as MockStream<E>;
};
