import { type Batch, createJoint, createReader, decodeSection, type Reader } from "../engine/index.js";
import type { Route, Router } from "./router.js";

/** Takes events from the engine to the router, in stream order. */
export interface Inbox {
  /** Takes the events of a chunk, or of a part of it. Gives the number of those that concern nobody. */
  batch(batch: Batch): number;
  /** Likewise one event; `resumedFrom` is the id from which its connection was resumed. */
  event(type: string, raw: string, lastEventId: string, origin: string, resumedFrom: string): number;
}

/**
 * @param isClosed - says whether the source is closed
 * @param isWantedMore - says whether a type has got its first handler since the delivery began
 * @param counts - counts the events that concern nobody; the router counts the others
 */
export const createInbox = (
  router: Router,
  isClosed: () => boolean,
  isWantedMore: () => boolean,
  counts: { events: number },
): Inbox => {
  const joint = createJoint();
  return {
    batch({ wanted, others, count, idBefore, ...stream }) {
      const reader = createReader(wanted, router.of, joint, idBefore);
      // Reads the events that nobody wanted when the batch came; `isAhead`: it is at an event that is not delivered yet.
      let late: Reader<Route> | undefined;
      let isAhead = false;
      let delivered = 0;
      const stops = () => !!others && !late && isWantedMore();
      const deliver = (reader: Reader<Route>, to: number) => {
        const from = reader.at;
        router.route(reader, to, stream, stops);
        delivered += reader.at - from;
      };
      /** Delivers the late events before the one with this number. */
      const catchUp = (number: number) => {
        while (late && isAhead && late.number(0) < number && !isClosed()) {
          deliver(late, 1);
          isAhead = late.next(1);
        }
      };
      while (reader.next()) {
        while (reader.at < reader.count && !isClosed()) {
          if (late) catchUp(reader.number(reader.at));
          if (isClosed()) return 0;
          deliver(reader, late ? reader.at + 1 : reader.count);
          if (!others || !stops()) continue;
          late = createReader(decodeSection(others), router.of, undefined, idBefore);
          do isAhead = late.next(1);
          while (isAhead && late.number(0) < reader.number(reader.at - 1));
        }
        if (isClosed()) return 0;
      }
      catchUp(Number.POSITIVE_INFINITY);
      const rest = count - delivered;
      if (!isClosed()) counts.events += rest;
      return rest;
    },
    event(type, raw, lastEventId, origin, resumedFrom) {
      if (isClosed()) return 0;
      const route = router.of(type);
      const run = {
        raws: [raw],
        ids: [lastEventId],
        at: 0,
        type: () => route,
        json: () => JSON.parse(raw),
      };
      router.route(run, 1, { origin, resumedFrom });
      return 0;
    },
  };
};
