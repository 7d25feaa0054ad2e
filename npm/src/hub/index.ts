export { inWorker } from "./worker.js";
