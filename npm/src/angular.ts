/** The entry `typed-eventsource/angular`: signals. */

export * from "./adapters/angular.js";
