/** What was measured, as tables. */
import { inWords, isBusy } from "./busy.mjs";
import { coldCounts, coldData } from "./cold.mjs";
import { contestants, inCold } from "./contestants.mjs";
import { classes } from "./data.mjs";
import { latencies, ways } from "./first.mjs";
import { median, ratio } from "./statistics.mjs";
import { rates } from "./steady.mjs";
import { short, table } from "./tables.mjs";
import { bestPeer, targets, untilFirst } from "./targets.mjs";
import { whereTheTimeGoes } from "./where.mjs";

/**
 * The results as text. A plan other than `full` gives rough numbers, and the text says so. A group that was not measured has
 * no section.
 */
export function report(measured, about) {
  const { floods, steady, cold, first, queued, ready } = measured;
  const options = [about.plan === "full" ? "" : `--${about.plan}`, about.only ? `--only ${about.only}` : ""];
  const option = options.filter(Boolean).join(" ");
  return [
    "# Benchmarks",
    "",
    "Written by `npm run bench`.",
    ...(option ? ["", `**These are rough: from \`npm run bench -- ${option}\`.**`] : []),
    "",
    ...surroundings(measured, about),
    "",
    "## Targets",
    "",
    ...targetTable(measured, about),
    "",
    ...whereTheTimeGoes(measured),
    ...(floods ? floodSections(floods) : []),
    ...(cold ? coldSection(cold) : []),
    ...(steady ? steadySection(steady) : []),
    ...(first ? firstSection(first) : []),
    ...(queued || ready ? ["## Memory and start", "", ...restTable(measured), ""] : []),
    ...method,
    "",
  ].join("\n");
}

const floodSections = ({ rates, thread }) => [
  "## Throughput",
  "",
  "Events per time while as many come as can be read; native's is 1. Median of the ratios round by round, and",
  "their quartiles.",
  "",
  ...throughputTable(rates),
  "",
  ...serverLimit(rates),
  "",
  "## Main thread, as many events as can be read",
  "",
  "Processor time of the page's thread per event; native's is 1, less is better.",
  "",
  ...threadTable(thread),
  "",
];

const coldSection = ({ rates, thread }) => [
  "## The first events of a page",
  "",
  "Events per time from the call that opens the stream to the last event, in a fresh page each time, which has loaded",
  "the script and done nothing else; native's is 1.",
  "",
  ...coldTable(rates, "native's events per second", (rate) => `${Math.round(rate).toLocaleString("en")},000`),
  "",
  "Processor time of the page's thread per event in these runs; native's is 1, less is better.",
  "",
  ...coldTable(thread, "native's time per event", (us) => `${short(us)} µs`),
  "",
];

const steadySection = (used) => [
  "## Main thread, steady streams",
  "",
  "Processor time of the page's thread per event of 100 B, less what the page takes without a stream; native's is 1,",
  "less is better. What a worker does it does on another thread, which is not counted.",
  "",
  ...steadyTable(used),
  "",
];

const firstSection = (waited) => [
  "## The first event of a page",
  "",
  "Time to the first event in a fresh page, from just before the `import()` of the package and from just before the call",
  "that opens the stream, and its ratio to that of eventsource-parser with the same method. With latency the server waits",
  "so long before it answers a request: that of the stream, and that of each script.",
  "",
  ...latencies.flatMap((latency) => [
    latency ? `With ${latency} ms of latency:` : "Without latency:",
    "",
    ...firstTable(waited[latency], latency),
    "",
  ]),
];

const withSpread = ({ value, low, high }) =>
  low === undefined ? short(value) : `${short(value)} (${short(low)}–${short(high)})`;

function surroundings({ load }, { date, machine, chromium, versions, plan, rounds }) {
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  // The busiest moment counts: what was measured then is no better for the others.
  const share = Math.min(...load.map(({ share }) => share));
  const others = Math.max(...load.map(({ others }) => others));
  const atMost = { share, others };
  return [
    `${date}, ${machine}. ${chromium}, headless. Plan \`${plan}\`: ${rounds}. ${peers.join(", ")}.`,
    "",
    `Where the machine was busiest, ${inWords(atMost)}.${
      isBusy(atMost) ? " **The machine had other things to do: these numbers are not to be relied on.**" : ""
    }`,
  ];
}

function targetTable(measured, { only }) {
  const rows = targets.map(({ what, wanted, reached, of }) => {
    const found = of(measured);
    if (!found) return [what, wanted, "not measured", ""];
    return [what, wanted, withSpread(found), reached(found.value) ? "✓" : "missed"];
  });
  return table(
    ["", "wanted", "reached", ""],
    only ? rows.filter(([, , found]) => found !== "not measured") : rows,
  );
}

function throughputTable(rates) {
  const events = (data) => `${Math.round(median(rates[data].native)).toLocaleString("en")},000`;
  return floodTable(rates, "native's events per second", events);
}

function threadTable(thread) {
  return floodTable(thread, "native's time per event", (data) => `${short(median(thread[data].native))} µs`);
}

/** Ratios to native by class of data, above what native's are in numbers. */
function floodTable(values, what, cell) {
  const all = Object.keys(classes);
  const rows = contestants
    .filter(({ id }) => all.some((data) => values[data][id]))
    .map(({ id, name }) => {
      const ratios = all.map((data) => values[data][id] && ratio(values[data][id], values[data].native));
      return [name, ...ratios.map((found) => (found ? withSpread(found) : ""))];
    });
  const head = ["", ...all.map((data) => classes[data].name)];
  return table(head, [...rows, [`*${what}*`, ...all.map(cell)]]);
}

/** Ratios to native by class of data and count, above what native's are in numbers. */
function coldTable(values, what, cell) {
  const columns = coldData.flatMap((data) =>
    coldCounts.map((count) => ({
      name: `${classes[data].name}, ${count.toLocaleString("en")}`,
      found: values[data][count],
    })),
  );
  const rows = inCold.map(({ id, name }) => [
    name,
    ...columns.map(({ found }) => withSpread(ratio(found[id], found.native))),
  ]);
  const last = columns.map(({ found }) => cell(median(found.native)));
  const head = ["", ...columns.map(({ name }) => name)];
  return table(head, [...rows, [`*${what}*`, ...last]]);
}

function firstTable(waited, latency) {
  const cells = (id, from) => {
    const found = untilFirst(latency, id, from)({ first: { [latency]: waited } });
    return [`${short(median(waited[id][from]))} ms`, found ? withSpread(found) : ""];
  };
  const rows = ways.map(({ id, name }) => [name, ...cells(id, "fromImport"), ...cells(id, "fromConnect")]);
  return table(["", "from `import()`", "of the peer's", "from `connect()`", "of the peer's"], rows);
}

/** Whether the server, or the browser's own reading, limits anybody: by those that decode. */
function serverLimit(all) {
  const rows = Object.entries(classes).map(([data, { name }]) => {
    const rates = all[data];
    const decoding = contestants.filter(
      ({ id, kind }) => kind !== "limit" && !id.endsWith("-unheard") && rates[id],
    );
    const [fastest] = decoding.sort((a, b) => median(rates[b.id]) - median(rates[a.id]));
    const found = ratio(rates.bytes, rates[fastest.id]);
    const best = bestPeer(rates);
    return [name, best, fastest.name, withSpread(found), found.value >= 3 ? "no" : "maybe"];
  });
  const head = [
    "",
    "best peer",
    "fastest of all",
    "reading the bytes alone, of that",
    "is it held back by the server?",
  ];
  return table(head, rows);
}

function steadyTable(steady) {
  const rows = contestants
    .filter(({ id }) => rates.some((rate) => steady[rate][id]))
    .map(({ id, name }) => [
      name,
      ...rates.flatMap((rate) => {
        const used = steady[rate][id];
        return [withSpread(ratio(used, steady[rate].native)), `${short(median(used))} µs`];
      }),
    ]);
  const head = rates.flatMap((rate) => [`${rate.toLocaleString("en")} events/s`, "per event"]);
  return table(["", ...head], rows);
}

function restTable({ queued, ready }) {
  const megabytes = (bytes) => `${((median(bytes) * 10_000) / 1e6).toFixed(2)} MB`;
  const ms = (values) => `${short(median(values))} ms`;
  const rows = [
    queued && ["10,000 events of 100 B that wait", megabytes(queued.native), megabytes(queued.ours)],
    ready && ["import to ready (beside the import of eventsource-parser)", ms(ready.parser), ms(ready.ours)],
  ];
  return table(["", "native, or peer", "ours"], rows.filter(Boolean));
}

const method = [
  "## How it is measured",
  "",
  "- All contestants run in one page, in rounds, each round in another order. Before that each gets warm, and finds how",
  "  many events keep it busy for the time of a run. Each run begins with an empty heap.",
  "- The first events of a page, and its first event, are measured in fresh pages, each in a process of its own, for one",
  "  run each, in rounds too. Such a page is an app that Vite builds with its defaults, which imports one of the packages",
  "  and nothing else. Nothing is kept from page to page: no code, and no downloads.",
  "- Latency is a wait of the server before it begins an answer; each request has a connection of its own.",
  "- Before the run and after each group the benchmarks look at the machine: how many processors other programs use while",
  "  nothing is measured, and how much of a known load the page's thread gets. They refuse to run on a busy machine.",
  "- Every event's data goes to the same consumer, which counts them, sums up a field and watches their order; a run in",
  "  which anything is missing, doubled or out of turn ends the benchmark. The data have two event types, in no order.",
  "- The server is a small one in Rust, in `server/`: the streams are prepared before and go out in large writes from a",
  "  thread of its own for each connection, and a steady stream's writes are paced to fractions of a millisecond, which",
  "  the timers of Node cannot.",
  "- DevTools' domain `Network` stays off: it makes native EventSource several times slower.",
  "- Processor time is the metric `ThreadTime` of DevTools: what the system counts for the page's thread. In",
  "  `TaskDuration` the wake-ups between tasks would be missing, a fifth of a steady stream's time.",
  "- The heap is V8's and Blink's after collection, in a fresh page each time. The text of native events lies outside of",
  "  both until somebody looks at it: its characters are added, a byte each.",
  "- The profiles are of DevTools' CPU profiler, each in a fresh page that it has watched from the beginning. What a",
  "  built-in function takes it counts for the line that calls it: in the page's script every `JSON.parse` has a line of",
  "  its own, which changes nothing but white space. What a string or an event object does belongs to the JavaScript that",
  "  uses it. The Rust consumer's wasm keeps its names, and its code is the same without; a Rust function that is inlined",
  "  belongs to the one it is in, as what decodes a type does to its handler. *The browser* is what runs on the page's",
  "  thread outside of scripts, and what it does for one: it reads the stream, makes native events, and runs tasks. The",
  "  threads of workers are not looked at.",
  "- `import to ready` imports from the local server into a new frame; ready is ours when its engine runs.",
];
