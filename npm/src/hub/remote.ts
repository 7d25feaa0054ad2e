/** A source whose engine is in a worker: what the worker says of it, and what the worker is told. */
import type { ask, ConnectionState, EventSourceError, messageOf } from "../base/index.js";
import type {
  Address,
  Attempt,
  Content,
  Engine,
  EngineHost,
  EngineSettings,
  FailedAttempt,
  headersOf,
  watchPage,
} from "../engine/index.js";
import { createErrors } from "./errors.js";
import type { Ids, PageEvent, Plain, PlainSettings, PlainState, Questions } from "./messages.js";
import { plainBody, plainOf } from "./settings.js";
import type { Receiver, Thread } from "./thread.js";

/** What of the page's code is used here. */
export interface Tools {
  readonly watch: typeof watchPage;
  readonly ask: typeof ask;
  readonly Failure: typeof EventSourceError;
  readonly messageOf: typeof messageOf;
  readonly headersOf: typeof headersOf;
}

/** A source in a worker. */
export interface Remote extends Engine {
  /** Fulfilled when the worker runs, and can be given the source. */
  readonly ready: Promise<void>;
}

/**
 * @param types - those that are wanted when it starts
 * @param identified - takes note of the last event ID, from which another engine would go on
 * @param died - is told that the worker is no more, after which nothing is heard
 */
export const createRemote = (
  thread: Thread,
  host: EngineHost,
  url: string,
  settings: EngineSettings,
  { watch, ask, Failure, messageOf, headersOf }: Tools,
  types: ReadonlySet<string>,
  identified: (lastEventId: string) => void,
  died: Receiver["died"],
): Remote => {
  const { withError, threw } = createErrors(Failure);
  // What engines before this one have counted.
  const before = { ...host.stats };
  let unwatch = () => {};
  // Of the newest batch.
  let ids: Ids = { idBefore: "", lastEventId: "", resumedFrom: "" };

  const attemptOf = (attempt: Plain<Attempt>) =>
    ({ cause: undefined, ...withError<object>(attempt) }) as Attempt;
  // Only functions are asked for.
  const own = settings as unknown as {
    readonly url: (attempt: Attempt) => Promise<Address>;
    readonly headers: (attempt: Attempt) => HeadersInit | Promise<HeadersInit>;
    readonly body: (attempt: Attempt) => Promise<Content>;
  };

  const answers: { [K in keyof Questions]: (about: Questions[K][0]) => unknown } = {
    url: (attempt) => own.url(attemptOf(attempt)),
    headers: async (attempt) => [...headersOf(await own.headers(attemptOf(attempt)))],
    body: async (attempt) => plainBody((await own.body(attemptOf(attempt)))[0]),
    shouldRetry: (failed) => ask("shouldRetry", settings.retry.shouldRetry, withError<FailedAttempt>(failed)),
  };

  const receiver: Receiver = {
    stat(name, value) {
      const counted = before[name as "attempts"] ?? 0;
      Object.assign(host.stats, { [name]: counted + value });
    },
    batch({ ids: newer, ...batch }, isAsked) {
      ids = newer ?? ids;
      if (newer?.lastEventId !== undefined) identified(newer.lastEventId);
      host.batch({ ...batch, ...ids });
      if (!isAsked) return;
      const taken = () => thread.post(source, "taken");
      const wait = host.hold?.();
      if (wait) wait.then(taken);
      else taken();
    },
    event(...event) {
      identified(event[2]);
      host.event?.(...event);
    },
    gap: (...gap) => host.gap?.(...gap),
    reused: (...id) => host.reused?.(...id),
    changed: ({ headers, ...state }: PlainState) =>
      host.changed({
        ...withError<ConnectionState>(state),
        ...(headers && { headers: new Headers(headers) }),
      }),
    async ask(question, what, about) {
      try {
        thread.post(source, "answer", question, await answers[what](about as never));
      } catch (error) {
        threw(question, error);
        thread.post(source, "threw", question, messageOf(error));
      }
    },
    died(...how) {
      unwatch();
      died(...how);
    },
  };

  const source = thread.enter(receiver);
  let plain: PlainSettings;
  const prepare = async () => {
    [plain] = await Promise.all([plainOf(settings, headersOf, thread.numberOf), thread.ready]);
  };

  return {
    ready: prepare(),
    start() {
      const already: PageEvent[] = [];
      let note = (...event: PageEvent) => {
        already.push(event);
      };
      if (settings.hidden) unwatch = watch((...event) => note(...event));
      note = (...event) => {
        thread.post(source, "page", ...event);
        thread.probe();
      };
      thread.post(source, "create", url, plain, [...types], already);
    },
    listen(...which) {
      thread.post(source, "listen", ...which);
      thread.probe();
    },
    reconnect() {
      thread.post(source, "reconnect");
      thread.probe();
    },
    close() {
      unwatch();
      thread.leave(source);
    },
  };
};
