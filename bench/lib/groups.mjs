/** A CPU profile of DevTools' domain `Profiler`, by what the time went for. */

/** In the order in which they are shown. */
export const groups = [
  "JSON: `JSON.parse`, or serde_json",
  "text decoding",
  "WebAssembly: parser, engine",
  "WebAssembly: routing, delivery",
  "WebAssembly: memory",
  "JavaScript: engine",
  "JavaScript: routing, delivery",
  "JavaScript: a peer's",
  "JavaScript: bindings",
  "the application's handler",
  "garbage collection",
  "the browser",
  "idle",
];

const [
  json,
  text,
  engineWasm,
  clientWasm,
  memory,
  engine,
  client,
  peer,
  bindings,
  handler,
  garbage,
  browser,
] = groups;
export const idle = groups.at(-1);

/** What the engine's functions that are no code of the page's are called: any name, such as `toString`, may be asked for. */
const ownNames = new Map([
  ["(garbage collector)", garbage],
  ["(idle)", idle],
  ["decode", text],
]);

/** By where a module of the bundle comes from; the first that fits. */
const modules = [
  [/(?:^|\/)node_modules\//, peer],
  [/(?:^|\/)bench\/page\//, handler],
  [/(?:^|\/)bench-client\//, bindings],
  [/^npm\/modules\/engine\//, engine],
  [/^npm\/modules\//, client],
];

/**
 * By the name of a function of WebAssembly; the first that fits. What decodes a Rust type is inlined into the handler
 * that gets it. The package's own wasm has no names, and nothing else in it.
 */
const functions = [
  [/serde|dec2flt|subscriber::Handler/, json],
  [
    /dlmalloc|__r(?:ust|dl|ustc)\w*(?:\[\w+\])?(?:::__rust)?_(?:de|re)?alloc|^mem(?:cpy|move|set|cmp)$/,
    memory,
  ],
  [/typed_eventsource::client/, clientWasm],
  // Some have none at all.
  [/^/, engineWasm],
];

const first = (rules, name) => rules.find(([rule]) => rule.test(name))?.[1];

/** The line that a call of `JSON.parse` is on, alone: see {@link withLinesOfTheirOwn}. */
const parse = "parse(";

/**
 * Gives every `JSON.parse(` of a script a line of its own, and its argument the next. The profiler counts what a
 * built-in function takes for the line that calls it, and knows no columns.
 */
export const withLinesOfTheirOwn = (script) => script.replaceAll("JSON.parse(", `JSON.\n${parse}\n`);

/**
 * Says what each line of the bundled scripts is there for, by esbuild's comments: before each module stands where it
 * comes from. `scripts` are their texts, by the names of their files.
 */
export function groupOfLines(scripts) {
  const ofLines = Object.entries(scripts).map(([file, script]) => {
    let module = browser;
    const lines = script.split("\n").map((line) => {
      const path = /^\/\/ (\S+)$/.exec(line)?.[1];
      module = (path && first(modules, path)) ?? module;
      return line.trim() === parse ? json : module;
    });
    return [file, lines];
  });
  const byFile = new Map(ofLines);
  return (file, line) => byFile.get(file)?.[line - 1];
}

/** The microseconds of each group. `groupOf` says it of a line of a script: what {@link groupOfLines} gives. */
export function grouped({ nodes, samples, timeDeltas }, groupOf) {
  const times = new Map();
  samples.forEach((id, at) => {
    times.set(id, (times.get(id) ?? 0) + timeDeltas[at]);
  });
  const sums = Object.fromEntries(groups.map((group) => [group, 0]));
  for (const { id, callFrame, positionTicks } of nodes) {
    const time = times.get(id) ?? 0;
    for (const [group, part] of parts(callFrame, positionTicks ?? [], groupOf)) sums[group] += part * time;
  }
  return sums;
}

/** To which groups the time of a function belongs, and how much of it. */
function parts({ functionName, url, lineNumber }, ticks, groupOf) {
  if (/^wasm:|\.wasm$/.test(url)) return [[first(functions, functionName), 1]];
  // `(program)`, and what the browser does for a script.
  if (!url) return [[ownNames.get(functionName) ?? browser, 1]];
  const file = url.split("/").at(-1);
  const of = (line) => groupOf(file, line) ?? browser;
  const all = ticks.reduce((sum, { ticks }) => sum + ticks, 0);
  if (!all) return [[of(lineNumber + 1), 1]];
  return ticks.map(({ line, ticks }) => [of(line), ticks / all]);
}
