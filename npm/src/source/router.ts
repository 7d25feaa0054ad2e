import type { Decode, Settings } from "../options/index.js";
import type { Cursor } from "./cursor.js";
import { call, type Entry, type Handlers, type Manner, type Watch } from "./handlers.js";
import { type Outcome, UNWANTED } from "./outcome.js";
import { decoded, type Fail, type RawEvent, type Undecoded, undecoded } from "./undecoded.js";

/** The key of handlers for all event types. No event type is empty. */
export const ANY = "";

/** Brings events to the subscribers of their types. */
export interface Router {
  /** The route of a type's events. */
  of(type: string): Route;
  /** `parsed` gives the data parsed as JSON, if they have been parsed together with others. */
  route(route: Route, raw: string, lastEventId: string, origin: string, parsed?: () => unknown): void;
  /** Hands over the arrays of events that have been gathered. */
  flush(): void;
}

/** Where a type's events go, as long as the handlers do not change. */
export interface Route {
  readonly type: string;
  /** The version of the handlers for which this route was made. */
  readonly version: number;
  /** Whether the source has to look at these events. */
  readonly isSpecial: boolean;
  readonly readers: readonly Entry[];
  readonly calls: readonly Entry[];
  readonly batches: readonly Entry[];
  readonly decode: Decode;
}

/** How many routes of types without handlers are kept: a server may name types without end. */
const keptRoutes = 1024;

/**
 * @param handlers - of each event type, and of {@link ANY}
 * @param cursor - learns the outcome of each event
 * @param fail - takes errors of events that could not be decoded
 * @param watch - waits for promises that handlers answer with
 * @param isClosed - says whether the source is closed: from then on nobody is given an event
 */
export const createRouter = (
  { decoderOf, until, heartbeatEvent, gapEvent }: Settings,
  handlers: Handlers,
  cursor: Cursor,
  fail: Fail,
  watch: Watch,
  isClosed: () => boolean,
): Router => {
  const routes = new Map<string, Route>();
  let version = 0;
  // The subscriptions whose handlers get gathered events.
  const gathering: Entry[] = [];

  const routeOf = (type: string) => {
    // As they are now: a handler that is added while an event is delivered does not get that event.
    if (version !== handlers.version) {
      version = handlers.version;
      routes.clear();
    }
    let route = routes.get(type);
    if (!route) {
      const own = handlers.of(type);
      const all = [...own, ...handlers.of(ANY)];
      const by = (manner: Manner) => all.filter((entry) => entry.manner === manner);
      route = {
        type,
        version,
        isSpecial: !!until || type === heartbeatEvent || type === gapEvent,
        readers: by("reads"),
        calls: by("each"),
        batches: by("batch"),
        decode: decoderOf(type),
      };
      if (own.length || routes.size < keptRoutes) routes.set(type, route);
    }
    return route;
  };

  /** Gives an event to its subscribers, in turn. Says whether one of them was cut off: the source was closed before. */
  const give = (route: Route, event: RawEvent, parsed: (() => unknown) | undefined): boolean => {
    const { readers, calls, batches, decode } = route;
    let forReaders: Undecoded | undefined;
    for (const { handler } of readers) {
      if (!handler) continue;
      // A function that tells events apart, or a full queue, may close the source.
      if (isClosed()) return true;
      forReaders ??= undecoded(event, decode);
      handler(forReaders as never);
    }
    if (!calls.length && !batches.length) return false;
    const isCutOff = ({ handler }: Entry) => handler && isClosed();
    if (calls.some(isCutOff) || batches.some(isCutOff)) return true;
    if (!(forReaders ? forReaders.decode(fail) : decoded(event, decode, fail, parsed))) return false;
    for (const { handler } of calls) {
      if (!handler) continue;
      if (isClosed()) return true;
      call(handler, event, cursor.hold, watch);
    }
    for (const entry of batches) {
      if (!entry.handler) continue;
      if (isClosed()) return true;
      if (!entry.events.length) gathering.push(entry);
      entry.events.push(event as never);
      entry.marks.push(cursor.hold());
    }
    return false;
  };

  return {
    of: routeOf,
    route(known, raw, lastEventId, origin, parsed) {
      const { type } = known;
      const route = known.version === handlers.version ? known : routeOf(type);
      cursor.begin(lastEventId);
      cursor.end(give(route, { type, data: raw, lastEventId, origin, raw } as RawEvent, parsed));
    },
    flush() {
      // A handler may close the source, which hands over to the others: each array goes out once.
      for (let entry = gathering.shift(); entry; entry = gathering.shift()) {
        const { handler, events, marks } = entry;
        entry.events = [];
        entry.marks = [];
        const done = (outcome: Outcome) => {
          for (const mark of marks) mark.done(outcome);
        };
        let isHeld = false;
        const hold = () => {
          isHeld = true;
          return { done };
        };
        if (handler) call(handler, events, hold, watch);
        if (!isHeld) done(UNWANTED);
      }
    },
  };
};
