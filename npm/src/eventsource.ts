/** The entry `typed-eventsource/eventsource`: the standard's class. */

export type { EventSourceConstructor, EventSourceInit } from "./eventsource/index.js";
export { EventSource } from "./eventsource/index.js";
