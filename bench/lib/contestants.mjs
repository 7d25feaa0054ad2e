/** Who takes part in what, and how a reader calls them. How they read a stream stands in `page/contestants/`. */

/**
 * `kind` is `native`, `limit`, `ours` or `peer`; `data`, if not all, are the classes of data it is measured with, and
 * `steady` says whether it is measured with few events a second too. If it is also measured in fresh pages, `module` is
 * the one of {@link freshModules} that has it.
 */
export const contestants = [
  { id: "native", name: "native EventSource + `JSON.parse`", kind: "native", steady: true, module: "native" },
  { id: "bytes", name: "bytes read over fetch, nothing parsed", kind: "limit" },
  { id: "ours-default", name: "**as it comes** (`connect(url)`)", kind: "ours", data: [], steady: true },
  { id: "ours-native", name: "**over EventSource**", kind: "ours" },
  { id: "ours-fetch", name: "**over fetch, `immediate`**", kind: "ours", steady: true, module: "ours" },
  { id: "ours-arrays", name: "**over fetch, `immediate`, in arrays**", kind: "ours", module: "ours" },
  {
    id: "ours-auto",
    name: "**over fetch, `auto`**",
    kind: "ours",
    data: ["40b", "100b"],
    steady: true,
  },
  { id: "ours-paced", name: "**over fetch, `frame`**", kind: "ours", data: ["100b"], steady: true },
  { id: "ours-worker", name: "**in a worker**, over fetch", kind: "ours", data: [], steady: true },
  { id: "rust-native", name: "**Rust, over EventSource**", kind: "ours", steady: true },
  { id: "rust-fetch", name: "**Rust, over fetch**", kind: "ours", steady: true },
  { id: "native-unheard", name: "native EventSource, nobody listens", kind: "native", data: ["40b", "100b"] },
  { id: "ours-unheard", name: "**over fetch, nobody listens**", kind: "ours", data: ["40b", "100b"] },
  { id: "ours-1-type", name: "**over fetch, the types that come**", kind: "ours", data: ["100b"] },
  { id: "ours-10000-types", name: "**over fetch, 10,000 types**", kind: "ours", data: ["100b"] },
  { id: "eventsource", name: "eventsource", kind: "peer" },
  { id: "eventsource-client", name: "eventsource-client", kind: "peer", steady: true },
  {
    id: "eventsource-parser",
    name: "eventsource-parser, over fetch",
    kind: "peer",
    steady: true,
    module: "parser",
  },
  { id: "@microsoft/fetch-event-source", name: "@microsoft/fetch-event-source", kind: "peer", steady: true },
  { id: "sse.js", name: "sse.js", kind: "peer" },
  { id: "event-source-polyfill", name: "event-source-polyfill", kind: "peer" },
  { id: "reconnecting-eventsource", name: "reconnecting-eventsource", kind: "peer" },
];

/** The modules of `page/fresh/`: each is what a page has, and nothing else. */
export const freshModules = ["native", "parser", "ours"];

/** Those that are measured with a class of data. */
export const inFlood = (data) => contestants.filter(({ data: only }) => only?.includes(data) ?? true);

/** Those that are measured with few events a second. */
export const inSteady = contestants.filter(({ steady }) => steady);

/** Those that are measured in fresh pages. */
export const inCold = contestants.filter(({ module }) => module);
