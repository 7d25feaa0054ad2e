import type { Run } from "../engine/index.js";
import type { Decode, Settings } from "../options/index.js";
import type { Concerns, Stream } from "./concerns.js";
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
  /**
   * Delivers the events of a run from its place on, up to another place. After a change of the handlers it stops where `stops`
   * says so.
   */
  route(run: Run<Route>, to: number, stream: Stream, stops?: () => boolean): void;
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
  /** The subscriptions: first those of readers, then those that get events one by one, then those that get them together. */
  readonly entries: readonly Entry[];
  readonly decode: Decode;
}

/** In the order in which subscriptions get an event. */
const manners: readonly Manner[] = ["reads", "each", "batch"];

/** How many routes of types without handlers are kept: a server may name types without end. */
const keptRoutes = 1024;

/**
 * @param decoderOf - how to decode an event type
 * @param concerns - looks at the events that the source itself needs
 * @param handlers - of each event type, and of {@link ANY}
 * @param cursor - learns the outcome of each event
 * @param fail - takes errors of events that could not be decoded
 * @param watch - waits for promises that handlers answer with
 * @param isClosed - says whether the source is closed: from then on nobody is given an event
 * @param counts - counts each event
 */
export const createRouter = (
  decoderOf: Settings["decoderOf"],
  concerns: Concerns,
  handlers: Handlers,
  cursor: Cursor,
  fail: Fail,
  watch: Watch,
  isClosed: () => boolean,
  counts: { events: number },
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
      route = {
        type,
        version,
        isSpecial: concerns.isSpecial(type),
        entries: manners.flatMap((manner) => all.filter((entry) => entry.manner === manner)),
        decode: decoderOf(type),
      };
      if (own.length || routes.size < keptRoutes) routes.set(type, route);
    }
    return route;
  };

  return {
    of: routeOf,
    route(run, to, stream, stops) {
      const { raws, ids } = run;
      const { origin } = stream;
      let isCutOff = false;
      cursor.begin(run);
      for (;;) {
        // Looking at the event may change them, too.
        const before = handlers.version;
        let route = run.type(run.at);
        counts.events++;
        const isMeant = !route.isSpecial || concerns.passes(route.type, run, stream);
        if (route.version !== handlers.version) route = routeOf(route.type);
        const { type, entries, decode, version } = route;
        if (isMeant) {
          const raw = raws[run.at] as string;
          const event = { type, data: raw, lastEventId: ids[run.at], origin, raw } as RawEvent;
          let forReaders: Undecoded | undefined;
          let isDecoded: boolean | undefined;
          for (const entry of entries) {
            const { handler, manner } = entry;
            if (!handler) continue;
            // A function that tells events apart, a full queue, a handler or a decoder may have closed the source.
            isCutOff = version !== handlers.version && isClosed();
            if (!isCutOff && manner !== "reads" && isDecoded === undefined) {
              isDecoded = forReaders ? forReaders.decode(fail) : decoded(event, decode, fail, run);
              isCutOff = isDecoded && version !== handlers.version && isClosed();
            }
            if (isCutOff || isDecoded === false) break;
            if (manner === "each") call(handler, event, cursor.hold, watch);
            else if (manner === "reads") {
              forReaders ??= undecoded(event, decode);
              handler(forReaders as never);
            } else {
              if (!entry.events.length) {
                gathering.push(entry);
                cursor.take(entry);
              }
              entry.events.push(event as never);
            }
          }
        } else isCutOff = isClosed();
        if (isCutOff || run.at + 1 >= to) break;
        if (before !== handlers.version && (isClosed() || stops?.())) break;
        run.at++;
      }
      cursor.end(isCutOff);
    },
    flush() {
      cursor.handOver();
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
