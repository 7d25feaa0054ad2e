/**
 * The engine in a worker, as the page sees it: a chunk of its own, so that others do not download it. It imports nothing
 * but types, and what is loaded with it.
 */

import type { ask, ConnectionState, EventSourceError } from "../base/index.js";
import type {
  CreateEngine,
  callRefresh,
  Engine,
  EngineSettings,
  FailedAttempt,
  Start,
  Wasm,
  watchPage,
} from "../engine/index.js";
import type {
  PageEvent,
  Plain,
  PlainBody,
  PlainError,
  PlainSettings,
  PlainState,
  Questions,
} from "./messages.js";
import { type Receiver, type Thread, threadOf } from "./thread.js";

/** How many errors are known by their numbers: more than an engine has to do with at a time. */
const known = 4;

/**
 * Makes engines that live in a worker; in the page, where there can be none.
 *
 * @param script - the URL of the worker's, unless it is the package's own
 * @param start - gives the page's engine
 * @param startError - says why that did not start
 */
export const inWorker =
  (
    script: string | URL | undefined,
    start: Start,
    startError: (cause: unknown) => EventSourceError,
    wasm: () => Promise<Wasm>,
    watch: typeof watchPage,
    report: (error: unknown) => void,
    askPage: typeof ask,
    Failure: typeof EventSourceError,
    refreshing: typeof callRefresh,
  ): CreateEngine =>
  (host, url, settings, send) => {
    const types = new Set<string>();
    let { lastEventId } = settings;
    let isClosed = false;
    let thread: Thread | undefined;
    let source = 0;
    let unwatch = () => {};
    // The engine that runs, be it where it may.
    let engine: Engine | undefined;

    const errors = new Map<number, EventSourceError>();
    let thrown: [question: number, value: unknown] | undefined;
    const errorOf = ({ number, code, message, details, headers, thrown: question }: PlainError) => {
      let error = errors.get(number);
      if (!error) {
        error = new Failure(code, message, {
          ...details,
          ...(headers && { headers: new Headers(headers) }),
          ...(question !== undefined && question === thrown?.[0] && { cause: thrown[1] }),
        });
        errors.set(number, error);
        for (const oldest of [...errors.keys()].slice(0, -known)) errors.delete(oldest);
      }
      return error;
    };
    const withError = <T>({ cause, ...plain }: Plain<{ readonly cause?: unknown }>) =>
      ({ ...plain, ...(cause && { cause: errorOf(cause) }) }) as T;

    const answers: { [K in keyof Questions]: (about: Questions[K][0]) => unknown } = {
      async headers({ cause, ...attempt }) {
        const headers = settings.headers as (attempt: object) => HeadersInit | Promise<HeadersInit>;
        return [...new Headers(await headers({ ...attempt, cause: cause && errorOf(cause) }))];
      },
      shouldRetry: (failed) =>
        askPage("shouldRetry", settings.retry.shouldRetry, withError<FailedAttempt>(failed)),
    };

    const receiver: Receiver = {
      stat: (name, value) => Object.assign(host.stats, { [name]: value }),
      batch(batch, isAsked) {
        lastEventId = batch.lastEventId ?? lastEventId;
        host.batch(batch);
        if (!isAsked) return;
        const taken = () => thread?.post(source, "taken");
        const wait = host.hold?.();
        if (wait) wait.then(taken);
        else taken();
      },
      event(...event) {
        lastEventId = event[2];
        host.event?.(...event);
      },
      gap: (...gap) => host.gap?.(...gap),
      changed: ({ headers, ...state }: PlainState) =>
        host.changed({
          ...withError<ConnectionState>(state),
          ...(headers && { headers: new Headers(headers) }),
        }),
      async ask(question, what, about) {
        try {
          thread?.post(source, "answer", question, await answers[what](about as never));
        } catch (error) {
          thrown = [question, error];
          thread?.post(source, "threw", question, messageOf(error));
        }
      },
      died(why) {
        engine = undefined;
        unwatch();
        const cause = new Failure("network", `the worker failed: ${why}`);
        report(cause);
        // Nobody knows how far it came.
        if (settings.request === "once") host.changed({ status: "closed", reason: "fatal", cause });
        else {
          host.changed({ status: "reconnecting", attempt: 1, waitMs: 0, cause });
          if (!isClosed) inPage();
        }
      },
    };

    /** Goes on without a worker, which is no harm but to the main thread. */
    const inPage = async () => {
      thread = undefined;
      host.stats.engine = "page";
      try {
        const create = await start();
        if (isClosed) return;
        engine = create(host, url, { ...settings, lastEventId }, send);
        for (const type of types) engine.listen(type, true);
        engine.start();
      } catch (error) {
        host.changed({ status: "closed", reason: "start-failed", cause: startError(error) });
      }
    };

    const begin = async () => {
      if (!globalThis.Worker) return inPage();
      const mine = threadOf(script ? `${script}` : "", wasm, (refresh) => refreshing(refresh, report));
      thread = mine;
      source = mine.enter(receiver);
      let plain: PlainSettings;
      try {
        [plain] = await Promise.all([plainOf(settings, mine), mine.ready]);
      } catch {
        mine.leave(source);
        return isClosed ? undefined : inPage();
      }
      if (isClosed) return;
      host.stats.engine = "worker";
      const already: PageEvent[] = [];
      let note = (...event: PageEvent) => {
        already.push(event);
      };
      if (settings.hidden) unwatch = watch((...event) => note(...event));
      note = (...event) => mine.post(source, "page", ...event);
      mine.post(source, "create", url, plain, [...types], already);
      engine = {
        start() {},
        listen: (...which) => mine.post(source, "listen", ...which),
        reconnect: () => mine.post(source, "reconnect"),
        close() {
          unwatch();
          mine.leave(source);
        },
      };
    };

    return {
      start: begin,
      listen(type, wanted) {
        types[wanted ? "add" : "delete"](type);
        engine?.listen(type, wanted);
      },
      reconnect: () => engine?.reconnect(),
      close() {
        isClosed = true;
        if (engine) engine.close();
        else thread?.leave(source);
      },
    };
  };

const messageOf = (thrown: unknown) => String((thrown as Error | undefined)?.message ?? thrown);

const isWord = (value: unknown) => Object(value) !== value;
const isPlain = (value: unknown) =>
  isWord(value) ||
  (Object.getPrototypeOf(value) === Object.prototype && Object.values(value as object).every(isWord));

/** What of the settings the worker needs, as plain data. */
const plainOf = async (settings: EngineSettings, thread: Thread): Promise<PlainSettings> => {
  const { headers, refresh, retry, body, exact, eventTypes } = settings;
  const { shouldRetry, ...numbers } = retry;
  const plain = Object.entries(settings).filter(([, value]) => isPlain(value));
  return {
    plain: { ...Object.fromEntries(plain), retry: numbers, eventTypes: [...eventTypes] },
    headers: typeof headers === "function" || (!!headers && [...new Headers(headers)]),
    refresh: refresh && thread.numberOf(refresh),
    shouldRetry: !!shouldRetry,
    body: body === undefined ? undefined : await plainBody(body),
    exact,
  };
};

/** As a request would send it. */
const plainBody = async (body: NonNullable<EngineSettings["body"]>): Promise<PlainBody> => {
  const response = new Response(body);
  return { bytes: await response.arrayBuffer(), type: response.headers.get("content-type") };
};
