import {
  type Attempt,
  createEngines,
  createSend,
  type EngineHost,
  type EngineSettings,
  type Exports,
  HELD_UP,
  watchPage,
} from "../../engine/index.js";
import type {
  Call,
  Ids,
  PageEvent,
  PlainBatch,
  PlainSettings,
  Questions,
  ToPage,
  ToWorker,
} from "../messages.js";
import type { Outbox } from "./outbox.js";
import { plainError, plainState, Thrown } from "./plain.js";

/** How far the page may be behind before reading stops, in characters or bytes. */
const most = 2 ** 18;

/** How much work a batch is for the page. */
const sizeOf = ({ wanted, others, ids }: PlainBatch) =>
  wanted.names.length +
  wanted.data.length +
  (others?.data.length ?? 0) +
  (ids ? ids.idBefore.length + (ids.lastEventId?.length ?? 0) + ids.resumedFrom.length : 0);

/** The functions of a source that the page may call. */
export type Source = Pick<ToWorker, "listen" | "reconnect" | "close" | "page" | "taken" | "answer" | "threw">;

/**
 * Makes a source whose client is in the page, and starts it.
 *
 * @param refresh - makes the page call the function with this number
 * @param closed - called when the source says nothing more
 */
export const createSource = (
  wasm: Exports,
  outbox: Outbox,
  refresh: (number: number) => () => Promise<void>,
  number: number,
  [url, given, types, already]: Parameters<ToWorker["create"]>,
  closed: () => void,
): Source => {
  const now = (...call: CallOf<ToPage>) => outbox.now([number, ...call] as Call<ToPage>);
  const soon = (size: number, ...call: CallOf<ToPage>) =>
    given.delivery === "immediate" ? now(...call) : outbox.soon([number, ...call] as Call<ToPage>, size);

  const questions = new Map<number, [resolve: (value: never) => void, reject: (thrown: Thrown) => void]>();
  let asked = 0;
  const ask = <K extends keyof Questions>(what: K, about: Questions[K][0]) =>
    new Promise<Questions[K][1]>((resolve, reject) => {
      questions.set(++asked, [resolve, reject]);
      now("ask", asked, what, about);
    });

  // How far the page is behind, and the parts of that whose end it will tell.
  let behind = 0;
  let unasked = 0;
  const parts: number[] = [];
  const limit = given.exact ? 1 : most;
  // The ids that the page knows.
  let ids: Ids | undefined;
  let goOn: (() => void) | undefined;

  const host: EngineHost = {
    isApart: true,
    stats: new Proxy({} as EngineHost["stats"], {
      get: (values, name) => Reflect.get(values, name) ?? 0,
      set(values, name, value) {
        if (Reflect.get(values, name) !== value) soon(0, "stat", name as never, value);
        return Reflect.set(values, name, value);
      },
    }),
    batch({ idBefore, lastEventId, resumedFrom, ...rest }) {
      const isNew =
        idBefore !== ids?.idBefore || lastEventId !== ids.lastEventId || resumedFrom !== ids.resumedFrom;
      if (isNew) ids = { idBefore, lastEventId, resumedFrom };
      const batch = { ...rest, ids: isNew ? ids : undefined };
      const size = sizeOf(batch);
      behind += size;
      unasked += size;
      const isAsked = unasked >= limit / 2;
      if (isAsked) {
        parts.push(unasked);
        unasked = 0;
      }
      soon(size, "batch", batch, isAsked);
    },
    event: (...event) => soon(event[1].length, "event", ...event),
    gap: (...gap) => soon(0, "gap", ...gap),
    reused: (...id) => soon(0, "reused", ...id),
    hold() {
      if (behind < limit) return;
      outbox.flush();
      return new Promise((resolve) => {
        goOn = resolve;
      });
    },
    changed(state) {
      now("changed", plainState(state));
      if (state.status === "closed") close();
    },
  };
  if (given.shouldRetry)
    host.shouldRetry = ({ cause, ...failed }) => ask("shouldRetry", { ...failed, cause: plainError(cause) });

  let watcher: (...event: PageEvent) => void = () => {};
  const settings = settingsOf(given, refresh, (what, { cause, ...attempt }) =>
    ask(what, { ...attempt, cause: cause && plainError(cause) }),
  );
  // The page reports a value that a refresh throws.
  const send = settings.ownRequest ? createSend(settings, () => {}) : undefined;
  const engine = createEngines(wasm, (watch) => {
    watcher = watch;
    for (const event of already) watch(...event);
    // The worker sees for itself that it slept: the page may say so later.
    return watchPage(watch);
  })(host, url, settings, send);
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    closed();
    engine.close();
  };

  for (const type of types) engine.listen(type, true);
  engine.start();
  const settled = (question: number) => {
    const all = questions.get(question);
    questions.delete(question);
    return all;
  };
  return {
    listen: engine.listen,
    reconnect: engine.reconnect,
    close,
    // What keeps the page busy does not hold up the stream.
    page(...event) {
      if (event[0] !== HELD_UP) watcher(...event);
    },
    taken() {
      behind -= parts.shift() ?? 0;
      if (behind < limit) goOn?.();
    },
    answer: (question, value) => settled(question)?.[0](value as never),
    threw: (question, message) => settled(question)?.[1](new Thrown(question, message)),
  };
};

/** A call without its source. */
type CallOf<T extends { [K in keyof T]: (...values: never) => void }> = {
  [K in keyof T]: [name: K, ...values: Parameters<T[K]>];
}[keyof T];

/** The settings as the engine knows them. */
const settingsOf = (
  { url, headers, refresh, body, shouldRetry: _, ...plain }: PlainSettings,
  refreshOf: (number: number) => () => Promise<void>,
  ask: <K extends "url" | "headers" | "body">(what: K, attempt: Attempt) => Promise<Questions[K][1]>,
): EngineSettings => ({
  ...plain,
  fetch: undefined,
  url: url ? (attempt) => ask("url", attempt) : undefined,
  headers: headers === true ? (attempt) => ask("headers", attempt) : headers || undefined,
  body:
    body &&
    (async (attempt) => {
      const given = body === true ? await ask("body", attempt) : body;
      return [given?.bytes, given?.type];
    }),
  refresh: refresh === undefined ? undefined : refreshOf(refresh),
});
