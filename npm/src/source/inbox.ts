import { ask } from "../base/index.js";
import { type Batch, createJoint, createReader, decodeSection, type Reader } from "../engine/index.js";
import type { Settings } from "../options/index.js";
import type { Route, Router } from "./router.js";

/** What events do to their source. */
interface Surroundings {
  /** Called for each event. */
  counted(events: number): void;
  gap(asked: string, got: string): void;
  end(): void;
  isClosed(): boolean;
  /** Whether a type has got its first handler since the delivery began. */
  isWantedMore(): boolean;
}

/** Takes events from the engine to the router, in stream order. */
export interface Inbox {
  /** Takes the events of one chunk. Gives the number of those that concern nobody. */
  batch(batch: Batch): number;
  /** Likewise one event; `asked` is the id from which its connection was resumed. */
  event(type: string, raw: string, lastEventId: string, origin: string, asked: string): number;
}

export const createInbox = (
  router: Router,
  { heartbeatEvent, gapEvent, until }: Settings,
  { counted, gap, end, isClosed, isWantedMore }: Surroundings,
): Inbox => {
  const joint = createJoint();

  /** Says whether the event is to be delivered. */
  const passes = (type: string, raw: string, lastEventId: string, origin: string, asked: string) => {
    if (type === heartbeatEvent) return false;
    if (until && ask("until", until, { type, data: raw, lastEventId, origin, raw })) {
      end();
      return false;
    }
    if (type === gapEvent) gap(asked, asked === lastEventId ? "" : lastEventId);
    return !isClosed();
  };

  const deliver = (
    route: Route,
    raw: string,
    lastEventId: string,
    origin: string,
    asked: string,
    json?: () => unknown,
  ) => {
    // The source was closed during the delivery: this is the rest of the chunk.
    if (isClosed()) return;
    counted(1);
    if (!route.isSpecial || passes(route.type, raw, lastEventId, origin, asked))
      router.route(route, raw, lastEventId, origin, json);
  };

  return {
    batch({ wanted, others, count, origin, resumedFrom, idBefore }) {
      const reader = createReader(wanted, router.of, joint, idBefore);
      let delivered = 0;
      const deliverThis = ({ type, raw, lastEventId, json }: Reader<Route>) => {
        delivered++;
        deliver(type, raw, lastEventId, origin, resumedFrom, json);
      };
      // Reads the events that nobody wanted when the batch came; `isAhead`: it is at an event that is not delivered yet.
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
        if (others && !late && isWantedMore()) {
          late = createReader(decodeSection(others), router.of, undefined, idBefore);
          do isAhead = late.next();
          while (isAhead && late.number < reader.number);
        }
      }
      const rest = count - delivered;
      if (!isClosed()) counted(rest);
      return rest;
    },
    event(type, raw, lastEventId, origin, asked) {
      deliver(router.of(type), raw, lastEventId, origin, asked);
      return 0;
    },
  };
};
