/** The entry `typed-eventsource/tanstack`: options for TanStack Query. */

export * from "./adapters/tanstack.js";
