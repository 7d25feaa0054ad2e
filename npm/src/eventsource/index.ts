export { EventSource } from "./class.js";
export type { EventSourceConstructor, EventSourceInit } from "./types.js";
