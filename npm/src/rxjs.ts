/** The entry `typed-eventsource/rxjs`: observables. */

export * from "./adapters/rxjs.js";
