export { requestKey, type StoreUrl, streamStore } from "./store.js";
export type { Folding, Reducers, Snapshot, StoreOptions, StreamStore, ViewOptions } from "./types.js";
