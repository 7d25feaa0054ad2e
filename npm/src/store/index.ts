export { requestKey, streamStore } from "./store.js";
export type {
  Folding,
  InferringStoreOptions,
  Reducers,
  Snapshot,
  StoreOptions,
  StoreUrl,
  StreamStore,
  ViewOptions,
} from "./types.js";
