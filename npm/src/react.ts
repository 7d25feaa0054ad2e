"use client";

/** The entry `typed-eventsource/react`: hooks. */

export * from "./adapters/react.js";
