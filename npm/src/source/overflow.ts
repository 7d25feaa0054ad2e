/** What a full queue does, but for the default. */

import type { ServerSentEvent } from "../base/index.js";
import type { Settings } from "../options/index.js";
import type { Watch } from "./handlers.js";
import { CUT_OFF } from "./outcome.js";
import type { Overflow, Queue } from "./stream.js";

/** What a slow consumer has to do still, and how much it has done. */
interface Load {
  size: number;
  taken: number;
}

/** What a source with a policy of its own uses in place of the default. */
export interface FlowControl {
  readonly overflow: (queue: Queue) => Overflow;
  readonly watch: Watch;
  /** A consumer has done something, or is gone. */
  moved(): void;
  /** Nobody waits any more. */
  close(): void;
  /** Until the next bytes may be read; `undefined` for at once. */
  hold(): Promise<void> | undefined;
}

/**
 * @param queues - of those who read events now
 * @param dropOldest - the default
 * @param watch - that of the default
 * @param report - takes what `key` throws
 * @param overflowed - told that a queue is full that must not be
 */
export const createFlowControl = (
  { limit, overflow, key, holdMs }: Settings["buffer"],
  queues: () => Iterable<Load>,
  dropOldest: FlowControl["overflow"],
  watch: Watch,
  report: (error: unknown) => void,
  overflowed: () => void,
): FlowControl => {
  const handlers: Load = { size: 0, taken: 0 };
  // How much those had done who did nothing for too long: until they do something, nobody waits for them.
  const late = new WeakMap<Load, number>();
  const isFull = ({ size }: Load) => size >= limit;
  const holds = (load: Load) => !isClosed && isFull(load) && late.get(load) !== load.taken;
  let isClosed = false;
  let holding: Promise<void> | undefined;
  // What waits for somebody to have moved.
  const looking = new Set<() => void>();
  const moved = () => {
    for (const look of looking) look();
  };

  /** Until a consumer has room, or has done nothing for too long, whatever others do meanwhile. */
  const room = (load: Load) =>
    new Promise<void>((resolve) => {
      let taken: number | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const look = () => {
        const isHeld = holds(load);
        if (isHeld && taken === load.taken) return;
        clearTimeout(timer);
        if (isHeld) {
          taken = load.taken;
          timer = setTimeout(() => {
            late.set(load, load.taken);
            look();
          }, holdMs);
        } else {
          looking.delete(look);
          resolve();
        }
      };
      looking.add(look);
      look();
    });

  const nameOf = ({ type, lastEventId, raw }: ServerSentEvent) => {
    try {
      return key ? key({ type, lastEventId, data: raw }) : type;
    } catch (error) {
      report(error);
      return type;
    }
  };

  const policies: Record<Exclude<typeof overflow, "drop-oldest">, FlowControl["overflow"]> = {
    "drop-newest": (queue) => (item) => !isFull(queue) || queue.drop(item),
    "latest-by-key"(queue) {
      const makeRoom = dropOldest(queue);
      const places = new Map<unknown, number>();
      return (item) => {
        const name = nameOf(item.undecoded.event);
        const place = places.get(name) ?? -1;
        const old = queue.at(place);
        if (old) {
          queue.replace(place, item);
          return queue.drop(old, true);
        }
        makeRoom(item);
        // Those that have been read; not each time, since it takes as long as there are places.
        if (places.size >= 2 * limit)
          for (const [name, place] of places) if (place < queue.first) places.delete(name);
        places.set(name, queue.first + queue.size);
        return true;
      };
    },
    error: (queue) => (item) => {
      if (!isFull(queue)) return true;
      // An event without a place is not processed: a source that goes on from there gets it again.
      item.mark.done(CUT_OFF);
      return overflowed();
    },
    backpressure(queue) {
      const makeRoom = dropOldest(queue);
      // What is here already is queued whole.
      return (item) => holds(queue) || makeRoom(item);
    },
  };

  return {
    overflow: policies[overflow as keyof typeof policies],
    watch(result, done) {
      handlers.size++;
      watch(result, (outcome) => {
        handlers.size--;
        handlers.taken++;
        moved();
        done(outcome);
      });
    },
    moved,
    close() {
      isClosed = true;
      moved();
    },
    hold() {
      const full = overflow === "backpressure" ? [...queues(), handlers].filter(holds) : [];
      if (full.length)
        holding ??= Promise.all(full.map(room)).then(() => {
          holding = undefined;
        });
      return holding;
    },
  };
};
