/** The entry `typed-eventsource/vue`: a composable. */

export * from "./adapters/vue.js";
