import type { Watch } from "./handlers.js";
import { createFlowControl } from "./overflow.js";
import { createStream, type Stream, type StreamSource } from "./stream.js";
import type { Subscription } from "./types.js";

/** The readers of a source, each with a queue of its own, and what they hold back together. */
export interface Readers {
  /** Waits for promises that handlers answer with; they may count as waiting events. */
  readonly watch: Watch;
  /** Until the next bytes may be read; `undefined` for at once. */
  hold(): Promise<void> | undefined;
  /** Opens a reader; `subscribe` gives its subscriptions, each of which fills its queue. */
  open(subscribe: (push: Stream["push"]) => readonly Subscription[]): Stream;
  /** The source is closed: every reader reads to the end of its queue, and meets the error there. */
  end(error: unknown): void;
}

/** What the readers need of their source. */
interface Surroundings extends StreamSource {
  isClosed(): boolean;
  /** Whether the stream can be held back. */
  canHold(): boolean;
  /** Told that a queue is full that must not be. */
  overflowed(): void;
}

export const createReaders = (source: Surroundings): Readers => {
  const streams = new Set<Stream>();
  const flow = createFlowControl(streams, source);
  return {
    watch: flow.watch,
    hold: flow.hold,
    open(subscribe) {
      const stream = createStream(source, flow.push, flow.moved, () => {
        streams.delete(stream);
        flow.moved();
        for (const { unsubscribe } of subscriptions) unsubscribe();
      });
      const subscriptions = subscribe(stream.push);
      if (!source.isClosed()) streams.add(stream);
      return stream;
    },
    end(error) {
      for (const stream of streams) stream.end(error);
      streams.clear();
      flow.moved();
    },
  };
};
