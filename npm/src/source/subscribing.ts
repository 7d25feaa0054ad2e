import { mustBe } from "../base/index.js";
import type { Settings } from "../options/index.js";
import { type Handlers, type Manner, subscription } from "./handlers.js";
import type { Lifecycle } from "./lifecycle.js";
import type { Readers } from "./readers.js";
import { ANY } from "./router.js";
import type { EventStream, SubscribeOptions, Subscription, TypedEventSource } from "./types.js";

type Handler = (value: never) => unknown;

/** How an application subscribes: the methods of a source that do. */
export type Subscribing = Pick<
  TypedEventSource,
  "on" | "onAny" | "onState" | "onStats" | "onError" | "onGap" | "events"
>;

/** The parts of a source that subscribing needs. */
interface Surroundings {
  readonly settings: Settings;
  /** Handlers of events, by type. */
  readonly handlers: Handlers;
  /** Handlers of states, errors and gaps. */
  readonly lifecycle: Lifecycle;
  /** Handlers of changes of the counts. */
  readonly changes: Handlers;
  readonly readers: Readers;
  isClosed(): boolean;
  /** Whether it is closed for good. */
  isOver(): boolean;
  /** The failure that closed the source, if one did. */
  failure(): unknown;
}

/** The standard's event types are never empty; the empty one would stand for all of them here. */
const mustBeType = (type: string) => {
  if (!type) mustBe("type", "an event type; onAny() takes all events");
};

const mustBeHandler = (handler: Handler) => {
  if (typeof handler !== "function") mustBe("handler", "a function");
};

export const createSubscribing = (source: Surroundings): Subscribing => {
  const { settings, handlers, lifecycle, changes, readers, isClosed, isOver } = source;

  const mustSeeTypes = () => {
    if (settings.transport === "eventsource" && !settings.eventTypes.length)
      mustBe("eventTypes", "given: EventSource shows no others");
  };

  const subscribe = (to: Handlers, key: string, handler: Handler, manner?: Manner): Subscription => {
    mustBeHandler(handler);
    return isOver() ? subscription() : to.add(key, handler, manner);
  };
  const mannerOf = (options: SubscribeOptions = {}) => (options.batch ? "batch" : "each");

  return {
    on(type: string, handler: Handler, options?: SubscribeOptions) {
      mustBeType(type);
      return subscribe(handlers, type, handler, mannerOf(options));
    },
    onAny(handler: Handler, options?: SubscribeOptions) {
      mustSeeTypes();
      return subscribe(handlers, ANY, handler, mannerOf(options));
    },
    onState(handler, options) {
      mustBeHandler(handler);
      return options?.now ? lifecycle.onStateNow(handler) : subscribe(lifecycle.handlers, "state", handler);
    },
    onStats: (handler) => subscribe(changes, "stats", handler),
    onError: (handler) => subscribe(lifecycle.handlers, "error", handler),
    onGap: (handler) => subscribe(lifecycle.handlers, "gap", handler),
    events(...types: string[]) {
      if (types.length) types.forEach(mustBeType);
      else mustSeeTypes();
      const keys = [...new Set(types.length ? types : [ANY])];
      const stream = readers.open((push) =>
        isClosed() ? [] : keys.map((key) => subscribe(handlers, key, push, "reads")),
      );
      if (isClosed()) stream.end(source.failure());
      return stream.iterator as EventStream<never>;
    },
  };
};
