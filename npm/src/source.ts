import { ask } from "./ask.js";
import { createDelivery } from "./delivery.js";
import { disposable } from "./disposable.js";
import { unauthorized } from "./engine/fetch.js";
import type { Send } from "./engine/request.js";
import type { CreateEngine, Engine, Start } from "./engine.js";
import { EventSourceError } from "./errors.js";
import { createHandlers, emit, type Handlers, subscription } from "./handlers.js";
import { type ConnectOptions, settings } from "./options.js";
import { report } from "./report.js";
import { ANY, createRouter, type Route } from "./router.js";
import { mustBe } from "./rules.js";
import { startError } from "./start.js";
import { createStream, type Stream } from "./stream.js";
import type { ClosedReason, ConnectionState, ServerSentEvent, TypedEventSource } from "./types.js";
import { resolve } from "./url.js";

/** Makes an event source over the engine that `start` gives. */
export const createSource = (start: Start, url: string | URL, options: ConnectOptions): TypedEventSource => {
  const href = resolve(url);
  const set = settings(options, href);
  const { signal, transport, eventTypes, heartbeatEvent } = set;
  const { limit } = set.buffer;

  // Listened to whoever subscribes.
  const always = [...eventTypes, heartbeatEvent];

  let state: ConnectionState = { status: "connecting", attempt: 1 };
  let engine: Engine | undefined;

  const together = createDelivery();
  const streams = new Set<Stream<ServerSentEvent>>();
  const lifecycle = createHandlers();
  const handlers = createHandlers((type, wanted) => {
    if (type !== ANY && !always.includes(type)) engine?.listen(type, wanted);
  });
  const isClosed = () => state.status === "closed";

  const fail = (error: EventSourceError) => {
    const entries = lifecycle.of("error");
    if (entries.length) emit(entries, error);
    else report(error);
  };

  /** What `events()` ends with once the source is closed. */
  const failure = () => (state as { cause?: EventSourceError }).cause;

  const changed = (next: ConnectionState) => {
    if (isClosed()) return;
    state = next;
    if (isClosed()) {
      signal?.removeEventListener("abort", abort);
      handlers.clear();
      for (const stream of streams) stream.end(failure());
      streams.clear();
    }
    together(() => {
      emit(lifecycle.of("state"), next);
      if (next.status === "closed") lifecycle.clear();
    });
    if (!isClosed()) return;
    engine?.close();
    engine = undefined;
  };

  const close = (reason: ClosedReason) => changed({ status: "closed", reason });
  const abort = () => close("aborted");

  const route = createRouter(set.decoderOf, handlers, fail);

  const deliver: Route = (type, raw, lastEventId, origin) => {
    // What is left of a chunk whose delivery closed the source.
    if (isClosed() || type === heartbeatEvent) return;
    if (set.until && ask("until", set.until, { type, data: raw, lastEventId, origin, raw })) close("ended");
    else route(type, raw, lastEventId, origin);
  };

  const begin = (create: CreateEngine, send?: Send) => {
    if (isClosed()) return;
    // Who wants to see all, and names none, cannot do with the browser's EventSource.
    const onlyFetch = set.onlyFetch || (!eventTypes.length && handlers.of(ANY).length > 0);
    engine = create({ deliver, together, changed }, href, { ...set, onlyFetch }, send);
    const types = new Set([...always, ...handlers.keys()]);
    types.delete(ANY);
    for (const type of types) engine.listen(type, true);
    engine.start();
  };

  if (signal?.aborted) queueMicrotask(abort);
  else {
    signal?.addEventListener("abort", abort);
    const starting = set.ownRequest
      ? Promise.all([start(), import("./engine/request.js")]).then(([create, { createSend }]) =>
          begin(create, createSend(set, report, unauthorized)),
        )
      : start().then(begin);
    starting.catch((error) =>
      changed({ status: "closed", reason: "start-failed", cause: startError(error) }),
    );
  }

  const mustSeeTypes = () => {
    if (transport === "eventsource" && !eventTypes.length)
      mustBe("eventTypes", "given: EventSource shows no others");
  };

  /** Makes what a user subscribes with. */
  const subscribing = (to: Handlers) => (key: string, handler: (value: never) => unknown) => {
    if (typeof handler !== "function") mustBe("handler", "a function");
    return isClosed() ? subscription() : to.add(key, handler);
  };
  const on = subscribing(handlers);
  const onLifecycle = subscribing(lifecycle);

  const events = (...types: string[]) => {
    if (!types.length) mustSeeTypes();
    const stream = createStream<ServerSentEvent>(
      limit,
      (dropped) => {
        const message = `${dropped} events dropped: read faster, buffer.limit is ${limit}`;
        together(() => fail(new EventSourceError("lagged", message, { dropped })));
      },
      () => {
        streams.delete(stream);
        for (const { unsubscribe } of subscriptions) unsubscribe();
      },
    );
    const subscriptions = [...new Set(types.length ? types : [ANY])].map((type) => on(type, stream.push));
    if (isClosed()) stream.end(failure());
    else streams.add(stream);
    return stream.iterator as AsyncGenerator<never>;
  };

  const source = {
    get state() {
      return state;
    },
    on,
    onAny(handler: (event: never) => unknown) {
      mustSeeTypes();
      return on(ANY, handler);
    },
    onState: onLifecycle.bind(undefined, "state"),
    onError: onLifecycle.bind(undefined, "error"),
    events,
    reconnect: () => engine?.reconnect(),
    close: () => close("closed"),
  };
  return disposable(source, source.close) as TypedEventSource;
};
