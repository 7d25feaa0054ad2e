/** The entry `typed-eventsource/svelte`: a store, which runes read, too. */

export * from "./adapters/svelte.js";
