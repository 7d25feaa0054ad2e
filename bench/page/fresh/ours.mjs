/** This package, as the only one of a page. */
import { ours, oursInArrays } from "../contestants/ours.mjs";
import { post } from "./post.mjs";

export const contestants = {
  // In floods, beside those of the large page by these names.
  "ours-fetch": ours({ transport: "fetch", delivery: "immediate" }),
  "ours-arrays": oursInArrays({ transport: "fetch", delivery: "immediate" }),
  // To the first event, as it is by default.
  "ours-get": ours({ transport: "fetch" }),
  "ours-post": ours(post),
  "ours-paced": ours({ transport: "fetch", delivery: "frame" }),
  "ours-worker": ours({ worker: true, transport: "fetch" }),
};
