import { type ConnectionState, disposable, EventSourceError, findPlatform, report } from "../base/index.js";
import { type Early, type Engine, type EngineHost, type Start, startError } from "../engine/index.js";
import { type ConnectOptions, settings } from "../options/index.js";
import { createConcerns } from "./concerns.js";
import { createCursor } from "./cursor.js";
import { createDelivery } from "./delivery.js";
import { createHandlers } from "./handlers.js";
import { createInbox } from "./inbox.js";
import { createLifecycle } from "./lifecycle.js";
import { createKeeper } from "./persist.js";
import { createReaders } from "./readers.js";
import { ANY, createRouter } from "./router.js";
import { createSnapshots } from "./snapshots.js";
import { startEngine } from "./start.js";
import { createSubscribing } from "./subscribing.js";
import type { TypedEventSource } from "./types.js";
import { toReader } from "./undecoded.js";
import { addressOf, anyUrl, type EventSourceUrl, resolve } from "./url.js";

/** Makes an event source over the engine that `start` gives. */
export const createSource = (
  start: Start,
  url: EventSourceUrl,
  options: ConnectOptions,
): TypedEventSource => {
  findPlatform();
  const isAsked = typeof url === "function";
  const href = isAsked ? anyUrl : resolve(url);
  const set = settings(options, href, isAsked ? addressOf(url) : undefined);
  const { signal, eventTypes, buffer, persist, until } = set;

  let state: ConnectionState = { status: "connecting", attempt: 1 };
  let engine: Engine | undefined;
  // The first request, which may be under way before there is an engine.
  let early: Early | undefined;
  let received = set.lastEventId;
  // Whether there is a type with a handler that had none when the delivery began.
  let isWantedMore = false;
  let isTogether = false;
  // Whether events come in chunks, which fetch reads one by one.
  let canHold = false;
  const counts = countsOf();
  const isClosed = () => state.status === "closed";
  // Whether it is closed for good: a failure may yet be mended.
  let isOver = false;

  const run = createDelivery();
  const lifecycle = createLifecycle(run, state);
  const { failLater, warnLater, failDecoding } = lifecycle;
  const handlers = createHandlers((type, wanted) => {
    isWantedMore ||= wanted;
    // An event of any type may end the stream.
    if (!until || type) engine?.listen(type, wanted);
  });

  const openKeeper = () =>
    persist &&
    createKeeper(persist, (what, cause?: unknown) =>
      failLater(new EventSourceError("persist", `the storage ${what}`, cause === undefined ? {} : { cause })),
    );
  let keeper = openKeeper();
  let isLoaded = false;
  const cursor = createCursor(
    received,
    (id) => {
      keeper?.keep(id);
      moved();
    },
    (id) => failLater(new EventSourceError("skipped", `an event with the id "${id}" was not processed`)),
  );
  const snapshots = createSnapshots(
    run,
    () => ({ ...counts }),
    () => ({ received, processed: cursor.processed }),
  );
  const { moved } = snapshots;
  const readers = createReaders({
    buffer,
    hold: cursor.hold,
    isClosed,
    canHold: () => canHold,
    fail: failLater,
    failDecoding: set.undecodable === "throw" ? toReader : failDecoding,
    dropped: () => counts.dropped++,
    overflowed() {
      const message = `more than ${buffer.limitBytes} bytes of events wait to be read: read faster, or raise buffer.limitBytes`;
      changed({ status: "closed", reason: "overflow", cause: new EventSourceError("overflow", message) });
    },
  });
  const concerns = createConcerns(
    set,
    (asked, got) => gap(asked, got),
    () => changed({ status: "closed", reason: "ended", by: "until" }),
    isClosed,
  );
  const router = createRouter(
    set.decoderOf,
    concerns,
    handlers,
    cursor,
    failDecoding,
    readers.watch,
    isClosed,
    counts,
  );
  const inbox = createInbox(router, isClosed, () => isWantedMore, counts);
  const gap = (asked: string, got: string) => {
    router.flush();
    counts.gaps++;
    moved();
    lifecycle.gap({ asked, got });
  };
  const forget = () => {
    isOver = true;
    handlers.clear();
  };
  /** Closes for good, also a source that a failure has closed. */
  const close = (reason: "closed" | "aborted") => {
    changed({ status: "closed", reason });
    forget();
    lifecycle.forget();
  };
  const changed = (next: ConnectionState) => {
    // The events before the one that closes are handed over first. A handler of theirs may close, too.
    if (next.status === "closed") router.flush();
    if (isClosed()) return;
    state = next;
    if (!isClosed()) {
      // If the connection was lost in the midst of a chunk, no last part of it follows.
      run(router.flush);
      return lifecycle.state(next, false);
    }
    // Readers meet the failure at the end of their queues.
    const isTold = handlers.clear(({ manner }) => manner === "reads") > 0;
    if (!failure()) forget();
    readers.end(failure());
    keeper?.close();
    // A handler may open another one.
    const old = engine;
    engine = undefined;
    early?.drop();
    lifecycle.state(next, isTold);
    old?.close();
    try {
      signal?.removeEventListener("abort", abort);
    } catch (error) {
      // It may be an object of the application's own.
      report(error);
    }
  };
  const abort = () => close("aborted");

  /** What `events()` ends with once the source is closed. */
  const failure = () => (state as { cause?: EventSourceError }).cause;

  /** Delivers, and then what came together; at the end the stream has this last event ID, after so many others. */
  const delivering = (lastEventId: string, deliver: () => number, isPart = isTogether) =>
    run(() => {
      isWantedMore = false;
      const others = deliver();
      if (!isPart) router.flush();
      if (!isClosed()) cursor.rest(lastEventId, others);
      moved();
    });

  const host: EngineHost = {
    stats: new Proxy(counts, {
      set(all, name, value) {
        moved();
        return Reflect.set(all, name, value);
      },
    }),
    batch(batch) {
      canHold = true;
      received = batch.lastEventId ?? received;
      delivering(received, () => inbox.batch(batch), batch.isPart);
    },
    event(type, raw, lastEventId, origin, asked) {
      canHold = false;
      received = lastEventId;
      delivering(lastEventId, () => inbox.event(type, raw, lastEventId, origin, asked));
    },
    together(deliver) {
      isTogether = true;
      deliver();
      isTogether = false;
      run(router.flush);
    },
    changed,
    gap: (asked, got) => run(() => gap(asked, got)),
    reused: (id) => warnLater(new EventSourceError("id-reused", reusedMessage(id))),
    hold: readers.hold,
  };

  const begin = async () => {
    // Whoever closes at once, as React does in development, makes no request.
    await undefined;
    if (isClosed()) return;
    const way = startEngine({ ...set, lastEventId: received }, href, start);
    early = way.early;
    const create = await way.create;
    const stored = isLoaded || isClosed() ? undefined : await keeper?.load();
    if (isClosed()) return;
    isLoaded = true;
    if (stored !== undefined) {
      received = stored;
      cursor.rest(stored, 0);
      moved();
    }
    // The browser's EventSource cannot show all types to a handler that names none.
    const onlyFetch = set.onlyFetch || (!eventTypes.length && !!handlers.of(ANY).length);
    engine = create(host, href, { ...set, onlyFetch, lastEventId: received });
    for (const type of [...handlers.keys(), ...(until ? [ANY] : [])]) engine.listen(type, true);
    engine.start();
    early?.over();
  };

  const open = () => {
    signal?.addEventListener("abort", abort);
    begin().catch((error) => changed({ status: "closed", reason: "start-failed", cause: startError(error) }));
  };

  /** Opens again what a failure has closed. */
  const reopen = () => {
    if (!failure() || !isClosed() || isOver || signal?.aborted) return;
    received = cursor.resume();
    moved();
    keeper = openKeeper();
    state = { status: "connecting", attempt: 1 };
    lifecycle.state(state, false);
    open();
  };

  if (signal?.aborted) queueMicrotask(abort);
  else open();

  const source = {
    get state() {
      return state;
    },
    get cursor() {
      return snapshots.cursor();
    },
    get stats() {
      return snapshots.stats();
    },
    ...createSubscribing({
      settings: set,
      handlers,
      lifecycle,
      changes: snapshots.handlers,
      readers,
      isClosed,
      isOver: () => isOver,
      failure,
    }),
    reconnect: () => (engine ? engine.reconnect() : run(reopen)),
    close: () => close("closed"),
  };
  return disposable(source, source.close) as TypedEventSource;
};

const countsOf = (): Required<EngineHost["stats"]> => ({
  attempts: 0,
  opened: 0,
  events: 0,
  dropped: 0,
  replays: 0,
  gaps: 0,
  reused: 0,
  engine: "page",
});

const reusedMessage = (id: string) =>
  `the id "${id}" came again with other data, which are delivered: does the server count anew, or change events?`;
