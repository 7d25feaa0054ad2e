import {
  ask,
  type ClosedReason,
  type ConnectionState,
  disposable,
  EventSourceError,
  messageOf,
  mustBe,
  report,
} from "../base/index.js";
import {
  type Batch,
  type CreateEngine,
  callRefresh,
  createJoint,
  createReader,
  createSend,
  decodeSection,
  type Engine,
  type EngineHost,
  gathering,
  headersOf,
  type Reader,
  type Send,
  type Start,
  startError,
  unauthorized,
  wasm,
  watchPage,
} from "../engine/index.js";
import { type ConnectOptions, settings } from "../options/index.js";
import { createCursor } from "./cursor.js";
import { createDelivery } from "./delivery.js";
import { createHandlers, emit, type Handlers, type Manner, subscription, watch } from "./handlers.js";
import { createFlowControl, type FlowControl } from "./overflow.js";
import { createKeeper, type Keeper } from "./persist.js";
import { ANY, createRouter, type Fail, type Route } from "./router.js";
import { createStream, dropOldest, type Stream } from "./stream.js";
import type { SubscribeOptions, TypedEventSource } from "./types.js";
import { resolve } from "./url.js";

/** Makes an event source over the engine that `start` gives. */
export const createSource = (start: Start, url: string | URL, options: ConnectOptions): TypedEventSource => {
  const href = resolve(url);
  const set = settings(options, href);
  const { signal, transport, eventTypes, heartbeatEvent, gapEvent, delivery, buffer, persist, worker } = set;

  let state: ConnectionState = { status: "connecting", attempt: 1 };
  let engine: Engine | undefined;
  let keeper: Keeper | undefined;
  let flow: FlowControl | undefined;
  let received = set.lastEventId;
  // Whether there is a type with a handler that had none when the batch came that is being delivered.
  let isWantedMore = false;
  let isTogether = false;
  const stats: EngineHost["stats"] = {
    attempts: 0,
    opened: 0,
    events: 0,
    dropped: 0,
    replays: 0,
    gaps: 0,
    reused: 0,
    engine: "page",
  };

  const run = createDelivery();
  const streams = new Set<Stream>();
  const lifecycle = createHandlers();
  const handlers = createHandlers((type, wanted) => {
    isWantedMore ||= wanted;
    // What ends the stream may be of any type.
    if (!set.until || type) engine?.listen(type, wanted);
  });
  const isClosed = () => state.status === "closed";

  const fail: Fail = (error) => {
    const entries = lifecycle.of("error");
    if (entries.length) emit(entries, error);
    else report(error);
  };
  const failLater: Fail = (error) => run(() => fail(error));

  /** What `events()` ends with once the source is closed. */
  const failure = () => (state as { cause?: EventSourceError }).cause;

  const cursor = createCursor(
    received,
    (id) => keeper?.keep(id),
    (id) => failLater(new EventSourceError("skipped", `an event with the id "${id}" was not processed`)),
  );

  const changed = (next: ConnectionState) => {
    if (isClosed()) return;
    state = next;
    if (isClosed()) {
      signal?.removeEventListener("abort", abort);
      handlers.clear();
      for (const stream of streams) stream.end(failure());
      streams.clear();
      flow?.close();
      keeper?.close();
    }
    run(() => {
      emit(lifecycle.of("state"), next);
      if (next.status === "closed") lifecycle.clear();
    });
    if (!isClosed()) return;
    engine?.close();
    engine = undefined;
  };

  const close = (reason: ClosedReason) => changed({ status: "closed", reason });
  const abort = () => close("aborted");

  const router = createRouter(
    set.decoderOf,
    (type) => !!set.until || type === heartbeatEvent || type === gapEvent,
    handlers,
    cursor.hold,
    fail,
    (result, done) => (flow?.watch ?? watch)(result, done),
  );

  const gap = (asked: string, got: string) => {
    router.flush();
    stats.gaps++;
    const entries = lifecycle.of("gap");
    const message = `the server does not go on from the id "${asked}", some events are lost`;
    if (entries.length) emit(entries, { asked, got });
    else fail(new EventSourceError("gap", message));
  };

  const loads = () => [...streams].map(({ queue }) => queue);

  const deliver = (route: Route, raw: string, lastEventId: string, origin: string, json?: () => unknown) => {
    // What is left of a chunk whose delivery closed the source.
    if (isClosed()) return;
    stats.events++;
    if (route.isSpecial) {
      const { type } = route;
      if (type === heartbeatEvent) return;
      if (set.until && ask("until", set.until, { type, data: raw, lastEventId, origin, raw })) {
        router.flush();
        return close("ended");
      }
      if (type === gapEvent) {
        const asked = state.status === "open" ? state.resumedFrom : "";
        gap(asked, asked === lastEventId ? "" : lastEventId);
        if (isClosed()) return;
      }
    }
    cursor.begin(lastEventId);
    router.route(route, raw, lastEventId, origin, json);
    cursor.end();
  };

  const joint = createJoint();

  const deliverBatch = ({ wanted, others, count, origin, idBefore }: Batch) => {
    const before = stats.events;
    const reader = createReader(wanted, router.of, joint, idBefore);
    const deliverThis = (reader: Reader<Route>) =>
      deliver(reader.type, reader.raw, reader.lastEventId, origin, reader.json);
    isWantedMore = false;
    // Reads what was not wanted when the batch came, and whether it has an event that is not delivered yet.
    let late: Reader<Route> | undefined;
    let isAhead = false;
    for (;;) {
      const isOver = !reader.next();
      while (late && isAhead && (isOver || late.number < reader.number)) {
        deliverThis(late);
        isAhead = late.next();
      }
      if (isOver) break;
      deliverThis(reader);
      if (isWantedMore && others && !late) {
        late = createReader(decodeSection(others), router.of, undefined, idBefore);
        do isAhead = late.next();
        while (isAhead && late.number < reader.number);
      }
    }
    // The rest nobody wanted.
    const rest = before + count - stats.events;
    if (!isClosed()) stats.events += rest;
    return rest;
  };

  const host: EngineHost = {
    stats,
    batch(batch) {
      received = batch.lastEventId ?? received;
      run(() => {
        const others = deliverBatch(batch);
        router.flush();
        if (!isClosed()) cursor.rest(received, others);
      });
    },
    event(type, raw, lastEventId, origin) {
      received = lastEventId;
      run(() => {
        deliver(router.of(type), raw, lastEventId, origin);
        if (!isTogether) router.flush();
        if (!isClosed()) cursor.rest(lastEventId, 0);
      });
    },
    together(deliver) {
      isTogether = true;
      deliver();
      isTogether = false;
      run(router.flush);
    },
    changed,
    gap: (asked, got) => run(() => gap(asked, got)),
    hold: () => flow?.hold(),
  };

  const overflowed = () => {
    const message = `${buffer.limit} events wait to be read: read faster, or raise buffer.limit`;
    changed({ status: "closed", reason: "overflow", cause: new EventSourceError("overflow", message) });
  };

  const storageFailed = (what: string, cause?: unknown) =>
    failLater(new EventSourceError("persist", `the storage ${what}`, cause === undefined ? {} : { cause }));

  const begin = async (create: CreateEngine, send?: Send) => {
    const stored = await keeper?.load();
    if (isClosed()) return;
    if (stored !== undefined) {
      received = stored;
      cursor.rest(stored, 0);
    }
    // Who wants to see all, and names none, cannot do with the browser's EventSource.
    const onlyFetch = set.onlyFetch || (!eventTypes.length && !!handlers.of(ANY).length);
    engine = create(host, href, { ...set, onlyFetch, lastEventId: received }, send);
    for (const type of [...handlers.keys(), ...(set.until ? [ANY] : [])]) engine.listen(type, true);
    engine.start();
  };

  if (signal?.aborted) queueMicrotask(abort);
  else {
    signal?.addEventListener("abort", abort);
    const inWorker = async () =>
      (await import("../hub/index.js")).inWorker(
        Object(worker).url,
        start,
        startError,
        wasm,
        watchPage,
        report,
        ask,
        EventSourceError,
        callRefresh,
        messageOf,
        headersOf,
      );
    (worker ? inWorker() : start())
      .then(async (create) => {
        if (isClosed()) return;
        keeper = persist && createKeeper(persist, storageFailed);
        flow =
          buffer.overflow === "drop-oldest"
            ? undefined
            : createFlowControl(buffer, loads, dropOldest(buffer.limit), watch, report, overflowed);
        const isPaced = delivery !== "auto" && delivery !== "immediate";
        await begin(
          isPaced ? gathering(create) : create,
          set.ownRequest ? createSend(set, report, unauthorized) : undefined,
        );
      })
      .catch((error) => changed({ status: "closed", reason: "start-failed", cause: startError(error) }));
  }

  const mustSeeTypes = () => {
    if (transport === "eventsource" && !eventTypes.length)
      mustBe("eventTypes", "given: EventSource shows no others");
  };

  const subscribe = (to: Handlers, key: string, handler: (value: never) => unknown, manner?: Manner) => {
    if (typeof handler !== "function") mustBe("handler", "a function");
    return isClosed() ? subscription() : to.add(key, handler, manner);
  };

  const events = (...types: string[]) => {
    if (!types.length) mustSeeTypes();
    const stream = createStream(
      cursor.hold,
      buffer.limit,
      (queue) => (flow?.overflow ?? dropOldest(buffer.limit))(queue),
      failLater,
      () => stats.dropped++,
      () => flow?.moved(),
      () => {
        streams.delete(stream);
        flow?.moved();
        for (const { unsubscribe } of subscriptions) unsubscribe();
      },
    );
    const subscriptions = [...new Set(types.length ? types : [ANY])].map((type) =>
      subscribe(handlers, type, stream.push, "reads"),
    );
    if (isClosed()) stream.end(failure());
    else streams.add(stream);
    return stream.iterator as never;
  };

  const mannerOf = (options: SubscribeOptions = {}) => (options.batch ? "batch" : "each");

  const source = {
    get state() {
      return state;
    },
    get cursor() {
      return { received, processed: cursor.processed };
    },
    get stats() {
      return { ...stats };
    },
    on: (type: string, handler: (event: never) => unknown, options?: SubscribeOptions) =>
      subscribe(handlers, type, handler, mannerOf(options)),
    onAny(handler: (event: never) => unknown, options?: SubscribeOptions) {
      mustSeeTypes();
      return subscribe(handlers, ANY, handler, mannerOf(options));
    },
    onState: subscribe.bind(undefined, lifecycle, "state"),
    onError: subscribe.bind(undefined, lifecycle, "error"),
    onGap: subscribe.bind(undefined, lifecycle, "gap"),
    events,
    reconnect: () => engine?.reconnect(),
    close: () => close("closed"),
  };
  return disposable(source, source.close) as TypedEventSource;
};
