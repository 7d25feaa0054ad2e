/** What is done about consumers that are slower than the stream. */

import { afterTurn, platform, report, type ServerSentEvent } from "../base/index.js";
import type { Settings } from "../options/index.js";
import { type Watch, watch } from "./handlers.js";
import { type Item, type Load, type Queue, sizeOf } from "./queue.js";
import type { Stream } from "./stream.js";

/** What the queues of a source have in common. */
export interface FlowControl {
  /** Waits for promises that handlers answer with; with `"backpressure"` they count as waiting events. */
  readonly watch: Watch;
  /** Puts an event into a queue. */
  push(queue: Queue, item: Item): void;
  /** A consumer has done something, or is gone, or the source was closed. */
  moved(): void;
  /** Until the next bytes may be read; `undefined` for at once. */
  hold(): Promise<void> | undefined;
}

/** What flow control needs of its source. */
interface Surroundings {
  readonly buffer: Settings["buffer"];
  /** Whether the source is closed: then nobody waits. */
  isClosed(): boolean;
  /** Whether the stream can be held back. */
  canHold(): boolean;
  /** Told that a queue is full that must not be. */
  overflowed(): void;
}

/** @param streams - those who read events now */
export const createFlowControl = (
  streams: ReadonlySet<Stream>,
  { buffer, isClosed, canHold, overflowed }: Surroundings,
): FlowControl => {
  const { limitBytes, overflow, key, holdMs } = buffer;
  const handlers: Load = { size: 0, taken: 0 };
  // How much those had done who did nothing for too long: until they do something, nobody waits for them.
  const late = new WeakMap<Load, number>();
  const holds = (load: Load) => !isClosed() && load.size >= limitBytes && late.get(load) !== load.taken;
  const isHolding = overflow === "auto" || overflow === "backpressure";
  let holding: Promise<void> | undefined;
  // What waits for somebody to have moved.
  const looking = new Set<() => void>();
  const moved = () => {
    for (const look of looking) look();
  };

  let isReviewing = false;
  /** Drops what is too much. */
  const review = () => {
    isReviewing = false;
    for (const { queue, trimmed } of streams) {
      if (queue.size <= limitBytes || (isHolding && canHold() && holds(queue))) continue;
      if (overflow === "error") return overflowed();
      const drop = overflow === "drop-newest" ? queue.dropNewest : queue.dropOldest;
      // One is kept, however large it is.
      while (queue.size > limitBytes && queue.length > 1) drop();
      trimmed();
    }
  };

  /** Until a consumer has room, or has done nothing for too long, whatever others do meanwhile. */
  const room = (load: Load) =>
    new Promise<void>((resolve) => {
      let taken: number | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const look = () => {
        const isHeld = holds(load);
        if (isHeld && taken === load.taken) return;
        platform.clearTimeout(timer);
        if (isHeld) {
          taken = load.taken;
          timer = platform.setTimeout(() => {
            late.set(load, load.taken);
            review();
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

  const keyOf = ({ type, lastEventId, raw }: ServerSentEvent) => {
    try {
      return key ? key({ type, lastEventId, data: raw }) : type;
    } catch (error) {
      report(error);
      return type;
    }
  };

  const counted: Watch = (result, done, value) => {
    // The events of an array wait together.
    const size = [value as ServerSentEvent].flat().reduce((size, event) => size + sizeOf(event), 0);
    handlers.size += size;
    watch(result, (outcome) => {
      handlers.size -= size;
      handlers.taken++;
      moved();
      done(outcome);
    });
  };

  return {
    watch: overflow === "backpressure" ? counted : watch,
    push(queue, item) {
      if (overflow !== "latest-by-key" || queue.admits(item, keyOf(item.undecoded.event))) queue.push(item);
      if (queue.size <= limitBytes || isReviewing) return;
      isReviewing = true;
      // A reader loses nothing that came while it had no turn.
      afterTurn(review);
    },
    moved,
    hold() {
      const queues = [...streams].map(({ queue }) => queue);
      const full = [...(isHolding ? queues : []), ...(overflow === "backpressure" ? [handlers] : [])].filter(
        holds,
      );
      if (full.length)
        holding ??= Promise.all(full.map(room)).then(() => {
          holding = undefined;
        });
      return holding;
    },
  };
};
