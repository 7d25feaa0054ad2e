import { EventSourceError, messageOf, type ServerSentEvent } from "../base/index.js";
import { type Decode, json, type Settings } from "../options/index.js";
import type { Cursor } from "./cursor.js";
import { type Entry, emit, type Handlers, type Watch } from "./handlers.js";

/** Stands for all event types among the handlers. No event's own is empty. */
export const ANY = "";

/** Takes note of what could not be decoded. */
export type Fail = (error: EventSourceError) => void;

/** An event whose data are what the server sent until they are decoded. */
type RawEvent = { readonly type: string; readonly raw: string; data: unknown };

/** Says whether the event could be decoded; tells why not. */
const decoded = (event: RawEvent, decode: Decode, fail: Fail, parsed?: () => unknown) => {
  try {
    event.data = parsed && decode === json ? parsed() : decode(event.raw);
    return true;
  } catch (cause) {
    const code = cause instanceof EventSourceError ? cause.code : "decode";
    const message = `cannot decode an event "${event.type}": ${messageOf(cause)}`;
    fail(new EventSourceError(code, message, { cause, event: event as ServerSentEvent<string, string> }));
    return false;
  }
};

/** An event that is decoded when somebody wants it, once however many they are. */
export class Undecoded {
  #isDecoded: boolean | undefined;

  constructor(
    readonly event: ServerSentEvent,
    readonly how: Decode,
  ) {}

  /** Says whether it could be decoded; tells why not, once. */
  decode(fail: Fail): boolean {
    this.#isDecoded ??= decoded(this.event, this.how, fail);
    return this.#isDecoded;
  }
}

/** Brings events to those who want their types. */
export interface Router {
  /** What becomes of a type's events. */
  of(type: string): Route;
  /** `parsed` gives what the data are as JSON, if there is a better way than to parse them. */
  route(route: Route, raw: string, lastEventId: string, origin: string, parsed?: () => unknown): void;
  /** Hands over what is to be handed over together. */
  flush(): void;
}

/** What becomes of a type's events, as long as the handlers stay as they are. */
export interface Route {
  readonly type: string;
  /** That of the handlers. */
  readonly version: number;
  /** Whether the source has to look at them. */
  readonly isSpecial: boolean;
  readonly readers: readonly Entry[];
  readonly calls: readonly Entry[];
  readonly batches: readonly Entry[];
  readonly decode: Decode;
}

/** Routes that are kept, of types without a handler of their own: a server may name types without end. */
const keptRoutes = 1024;

/**
 * @param decoderOf - how to decode an event type
 * @param isSpecial - says whether the source has to look at the events of a type
 * @param handlers - of each event type, and of {@link ANY}
 * @param hold - holds the event that is being delivered
 * @param fail - takes what could not be decoded
 * @param watch - waits for what handlers answer
 */
export const createRouter = (
  decoderOf: Settings["decoderOf"],
  isSpecial: (type: string) => boolean,
  handlers: Handlers,
  hold: Cursor["hold"],
  fail: Fail,
  watch: Watch,
): Router => {
  const routes = new Map<string, Route>();
  let version = 0;
  // Those that have events to get together.
  let gathering: Entry[] = [];

  const routeOf = (type: string) => {
    // As they are now: who subscribes while an event is delivered does not get that one.
    if (version !== handlers.version) {
      version = handlers.version;
      routes.clear();
    }
    let route = routes.get(type);
    if (!route) {
      const own = handlers.of(type);
      const all = [...own, ...handlers.of(ANY)];
      const by = (manner: Entry["manner"]) => all.filter((entry) => entry.manner === manner);
      route = {
        type,
        version,
        isSpecial: isSpecial(type),
        readers: by("reads"),
        calls: by("each"),
        batches: by("batch"),
        decode: decoderOf(type),
      };
      if (own.length || routes.size < keptRoutes) routes.set(type, route);
    }
    return route;
  };

  return {
    of: routeOf,
    route(known, raw, lastEventId, origin, parsed) {
      const { type } = known;
      const route = known.version === handlers.version ? known : routeOf(type);
      const { readers, calls, batches, decode } = route;
      const event = { type, data: raw as unknown, lastEventId, origin, raw };
      const undecoded = readers.length ? new Undecoded(event as ServerSentEvent, decode) : undefined;
      // A function that tells events apart may end another's subscription.
      for (const { handler } of readers) handler?.(undecoded as never);
      if (!calls.length && !batches.length) return;
      if (!(undecoded ? undecoded.decode(fail) : decoded(event, decode, fail, parsed))) return;
      emit(calls, event, hold, watch);
      for (const entry of batches) {
        if (!entry.events.length) gathering.push(entry);
        entry.events.push(event);
        entry.marks.push(hold());
      }
    },
    flush() {
      if (!gathering.length) return;
      const entries = gathering;
      gathering = [];
      for (const entry of entries) {
        const { events, marks } = entry;
        entry.events = [];
        entry.marks = [];
        const done = (well: boolean) => {
          for (const mark of marks) mark.done(well);
        };
        let isHeld = false;
        emit(
          [entry],
          events,
          () => {
            isHeld = true;
            return { done };
          },
          watch,
        );
        if (!isHeld) done(true);
      }
    },
  };
};
