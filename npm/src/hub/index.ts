export { away } from "./away.js";
