/** The entry `typed-eventsource/store`: snapshots of a stream for views. */

export * from "./store/index.js";
