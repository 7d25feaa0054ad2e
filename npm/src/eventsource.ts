/** The entry `typed-eventsource/eventsource`: the standard's class. */

export * from "./eventsource/index.js";
