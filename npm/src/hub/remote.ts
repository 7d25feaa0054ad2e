/** A source whose engine is in a worker: it hears the worker, and speaks to it. */
import type { ConnectionState, HeadersInit } from "../base/index.js";
import type {
  Address,
  Attempt,
  Content,
  Engine,
  EngineHost,
  EngineSettings,
  FailedAttempt,
} from "../engine/index.js";
import { createErrors } from "./errors.js";
import type { Ids, PageEvent, Plain, PlainSettings, PlainState, Questions } from "./messages.js";
import { plainBody, plainOf } from "./settings.js";
import type { Receiver, Thread } from "./thread.js";
import type { Tools } from "./tools.js";

/** A source in a worker. */
export interface Remote extends Engine {
  /** Fulfilled when the worker runs, and can be given the source. */
  readonly ready: Promise<void>;
}

/**
 * @param types - the event types that are wanted when it starts
 * @param identified - takes note of the last event ID, from which another engine would go on
 * @param died - called when the worker has died; nothing is heard after that
 */
export const createRemote = (
  thread: Thread,
  host: EngineHost,
  url: string,
  settings: EngineSettings,
  { ask, EventSourceError, headersOf, messageOf, watchPage }: Tools,
  types: ReadonlySet<string>,
  identified: (lastEventId: string) => void,
  died: Receiver["died"],
): Remote => {
  const { withError, threw } = createErrors(EventSourceError);
  // The counts of engines before this one.
  const before = { ...host.stats };
  let unwatch = () => {};
  // The ids of the newest batch.
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
      if (settings.hidden) unwatch = watchPage((...event) => note(...event));
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
