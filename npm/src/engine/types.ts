import type { EngineSettings } from "./settings.js";

/** Which event types have to arrive. */
export interface Types {
  /** Subscribers want a type, or no longer. */
  want(type: string, wanted: boolean): void;
  /** Whether events of this type have to leave the module. Over fetch, every type comes. */
  isRead(type: string): boolean;
  /** Whether the browser's EventSource has to listen to this type: it delivers no others. */
  isHeard(type: string): boolean;
  /** The types that the browser's EventSource has to listen to. */
  heard(): Iterable<string>;
}

/**
 * The types that the source itself needs and the types that subscribers want are two sets. Their union has to arrive.
 */
export const createTypes = ({ eventTypes, heartbeatEvent, gapEvent }: EngineSettings): Types => {
  const wanted = new Set<string>();
  // The empty type stands for none in one set, and for all in the other.
  const heard = () => [...new Set([...eventTypes, heartbeatEvent, gapEvent, ...wanted])].filter(Boolean);
  return {
    want: (type, isWanted) => wanted[isWanted ? "add" : "delete"](type),
    isRead: (type) => wanted.has(type) || (!!type && type === gapEvent),
    isHeard: (type) => heard().includes(type),
    heard,
  };
};
