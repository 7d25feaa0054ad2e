import type { Timing } from "./clock.js";
import { type Asked, createExchange, type Exchange, textOfHeader } from "./exchange.js";
import { rest, turn } from "./host.js";
import { play } from "./play.js";
import type { ScriptAttempt, StreamScript } from "./script.js";
import { createSender } from "./sender.js";
import type { Answering, MockRequest, Refusal, RequestOptions, StreamServer } from "./types.js";

/** How many tasks of others a request is waited for before the clock goes on. */
const TASKS = 20;

/** How often an application is looked at that may be busy with what is no matter of the clock, such as an `import()`. */
const LOOKS = 200;

/** Takes a request in. */
export type Take = (asked: Asked, lastEventId: string, signal: AbortSignal | null | undefined) => Exchange;

/**
 * Makes a server, wherever its requests come from.
 *
 * @param href - where it stands
 * @param isClosed - whether it has been taken away
 */
export const createServer = (
  href: string,
  script: StreamScript | undefined,
  time: Timing,
  isClosed: () => boolean,
): { readonly server: StreamServer; readonly take: Take } => {
  const param = script?.lastEventIdParam ?? "lastEventId";
  const requests: MockRequest[] = [];
  const exchanges: Exchange[] = [];
  let given = 0;

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

  /** Plays an attempt. One that cannot be played, such as of bytes that are none, fails the exchange with that. */
  const perform = (attempt: ScriptAttempt, exchange: Exchange) =>
    void play(attempt, exchange, time, released).catch(exchange.fail);

  const take: Take = (asked, lastEventId, signal) => {
    const inQuery = new URL(asked.url).searchParams.get(param);
    const exchange: Exchange = createExchange(
      asked,
      {
        number: requests.length + 1,
        lastEventId:
          (asked.transport === "fetch" ? textOfHeader(lastEventId) : lastEventId) || (inQuery ?? ""),
        atMs: time.now,
      },
      signal,
      (attempt) => perform(attempt, exchange),
      () => time.settle(),
    );
    exchanges.push(exchange);
    requests.push(exchange.request);
    perform(nextAttempt(), exchange);
    return exchange;
  };

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
    if (isClosed()) throw new Error(`the mock of ${href} is closed`);
    const all = exchanges.filter(({ request }) => request.isOpen);
    if (!all.length)
      throw new Error(
        `no connection to ${href} is open, of ${requests.length} requests: wait for request() before you send`,
      );
    return all;
  };

  const server: StreamServer = {
    url: href,
    requests,
    get connections() {
      return requests.filter(({ isOpen }) => isOpen);
    },
    async request({ withinMs = 60_000 }: RequestOptions = {}) {
      const end = time.now + withinMs;
      const mine = given++;
      const isMissing = () => mine >= requests.length;
      await time.settle();
      for (let task = 0; task < TASKS && isMissing(); task++) await turn();
      while (isMissing() && (await time.next(end)));
      for (let look = 0; look < LOOKS && isMissing(); look++) await rest();
      const request = requests[mine];
      if (request) {
        await time.settle();
        return request;
      }
      given = Math.min(given, mine);
      throw new Error(
        `no request came to ${href} within ${withinMs} ms of the clock, after ${requests.length}`,
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
      return time.settle();
    },
    ...createSender(open, () => time.settle()),
  };
  return { server, take };
};
