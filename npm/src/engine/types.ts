import type { EngineSettings } from "./settings.js";

/** Which event types have to arrive. */
export interface Types {
  /** Subscribers want a type, or no longer. */
  want(type: string, wanted: boolean): void;
  /** Whether its events have to leave the module, over fetch, which gives every type. */
  isRead(type: string): boolean;
  /** Whether it has to be listened to over the browser's EventSource, which delivers no others. */
  isHeard(type: string): boolean;
  /** Those that have to be listened to over the browser's EventSource. */
  heard(): Iterable<string>;
}

/**
 * What the source itself listens to, and what subscribers want, are two sets: their union has to arrive.
 */
export const createTypes = ({ eventTypes, heartbeatEvent, gapEvent }: EngineSettings): Types => {
  const wanted = new Set<string>();
  // The empty type stands for none, and for all.
  const heard = () => [...new Set([...eventTypes, heartbeatEvent, gapEvent, ...wanted])].filter(Boolean);
  return {
    want: (type, isWanted) => wanted[isWanted ? "add" : "delete"](type),
    isRead: (type) => wanted.has(type) || (!!type && type === gapEvent),
    isHeard: (type) => heard().includes(type),
    heard,
  };
};
