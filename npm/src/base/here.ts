/**
 * Where fetch, EventSource, timers and clocks are: the platform itself or the object that a test kit has put in its place. It
 * is one for all sources: the newest `connect()` decides, also for the sources of before.
 */
export let platform: typeof globalThis = globalThis;

/** Looks where they are. By a key that copies of this package share, such as those for `import` and for `require()`. */
export const findPlatform = (): void => {
  platform =
    (globalThis as { [key: symbol]: typeof platform })[Symbol.for("typed-eventsource")] ?? globalThis;
};
