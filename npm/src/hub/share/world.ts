/** What tabs need of the browser to share a stream. */
import { channelWire, type Wire } from "../wire.js";

/** Lets go of a lock, or leaves the queue for it. */
type LetGo = () => void;

export interface World {
  /** A wire to all that have one of this name. */
  open<Message>(name: string): Wire<Message, Message>;
  /**
   * Asks for a lock.
   *
   * @param isForced - whether it is taken from whoever has it
   * @param held - called when it is there
   * @param lost - called if it was taken away, or cannot be had at all
   */
  lock(name: string, isForced: boolean, held: () => void, lost: (why: unknown) => void): LetGo;
  /** How many wait for a lock; `Infinity` if the browser does not say. */
  waiting(name: string): Promise<number>;
  isHidden(): boolean;
  /** Tells what befalls the page, until the function that it gives is called. */
  watch(befall: (what: "leaves" | "is back" | "moves") => void): () => void;
}

/** The browser, if it has what is needed. */
export const browser = (): World | undefined => {
  const { locks } = globalThis.navigator ?? {};
  if (!locks || !globalThis.BroadcastChannel || !globalThis.crypto?.subtle) return;
  return {
    open: channelWire,
    lock(name, isForced, held, lost) {
      const controller = new AbortController();
      let isOver = false;
      let letGo = () => controller.abort();
      const keep = () =>
        new Promise<void>((resolve) => {
          if (isOver) return resolve();
          letGo = resolve;
          held();
        });
      // A lock that is taken by force cannot be waited for, and so takes no signal.
      const how = isForced ? { steal: true } : { signal: controller.signal };
      locks.request(name, how, keep).catch((why) => {
        if (!isOver) lost(why);
      });
      return () => {
        isOver = true;
        letGo();
      };
    },
    async waiting(name) {
      try {
        const { pending = [] } = await locks.query();
        return pending.filter((lock) => lock.name === name).length;
      } catch {
        return Infinity;
      }
    },
    isHidden: () => !!globalThis.document?.hidden,
    watch(befall) {
      const controller = new AbortController();
      const { signal } = controller;
      const hear = (event: Event) => {
        const { type, persisted } = event as PageTransitionEvent;
        if (type === "freeze" || (type === "pagehide" && persisted)) befall("leaves");
        else if (type === "resume" || (type === "pageshow" && persisted)) befall("is back");
        else if (type === "online" || type === "visibilitychange") befall("moves");
      };
      for (const type of ["pagehide", "pageshow", "online"])
        globalThis.addEventListener?.(type, hear, { signal });
      for (const type of ["freeze", "resume", "visibilitychange"])
        globalThis.document?.addEventListener(type, hear, { signal });
      return () => controller.abort();
    },
  };
};
