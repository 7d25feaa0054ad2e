/** The entry `typed-eventsource/solid`: a primitive. */

export * from "./adapters/solid.js";
