/** What this package wants to reach, and what of it was measured. */
import { coldCounts, coldData } from "./cold.mjs";
import { contestants } from "./contestants.mjs";
import { classes } from "./data.mjs";
import { ways } from "./first.mjs";
import { median, ratio } from "./statistics.mjs";

/** A ratio of events per time: more is better. */
const throughput = (data, id, measure) => (measured) => {
  const rates = measured.floods?.rates[data];
  return rates?.[id] && ratio(rates[id], rates[measure]);
};

/** The peer that reads a class of data fastest. */
export function bestPeer(rates) {
  const peers = contestants.filter(({ kind, id }) => kind === "peer" && rates[id]);
  return peers.map(({ id }) => id).sort((a, b) => median(rates[b]) - median(rates[a]))[0];
}

const againstPeers = (data, id) => (measured) => {
  const rates = measured.floods?.rates[data];
  return rates && ratio(rates[id], rates[bestPeer(rates)]);
};

/** The same of the first events of a page; without `measure` it is beside the best peer. */
const coldly = (data, count, id, measure) => (measured) => {
  const rates = measured.cold?.rates[data][count];
  return rates && ratio(rates[id], rates[measure ?? bestPeer(rates)]);
};

/** Beside the browser's own and the best peer. */
const againstBoth = (data, id) => (measured) => ({
  data,
  ids: ["native", id, bestPeer(measured.floods.rates[data])],
});

/** A ratio of time per event: less is better. */
const effort = (rate, id) => (measured) => {
  const used = measured.steady?.[rate];
  return used?.[id] && ratio(used[id], used.native);
};

/** A ratio of the time until the first event of a page, with so much latency: less is better. */
export const untilFirst = (latency, id, from) => (measured) => {
  const waited = measured.first?.[latency];
  const { measure } = ways.find((way) => way.id === id);
  return waited && measure && ratio(waited[id][from], waited[measure][from]);
};

const atLeast = (least) => ({ wanted: `≥ ${least}`, reached: (value) => value >= least });
const atMost = (most, text = most) => ({ wanted: `≤ ${text}`, reached: (value) => value <= most });

const overFetch = [
  ["40b", 8, 1.5],
  ["100b", 8, 1.5],
  ["1kb", 1.9, 1.1],
  ["16kb", 1.15, 1],
];

/** What single events are to reach of the first ones of a page, beside the best peer. */
const fromColdStart = { "40b": 1.25, "100b-ids": 1.5 };

const coldGroups = coldData.flatMap((data) =>
  coldCounts.map((count) => ({
    data,
    count,
    what: `the first ${count.toLocaleString("en")} events of a page, ${classes[data].name}`,
  })),
);

const imported = "fromImport";
const connected = "fromConnect";

/** With what latency, which way, at most how much, and from where on. */
const untilFirstOf = [
  [0, "ours-get", 1.3, imported],
  [0, "ours-post", 1.3, imported],
  [300, "ours-get", 1.05, imported],
  [300, "ours-post", 1.05, imported],
  [300, "ours-post", 1.1, connected],
  [300, "ours-worker", 1.3, imported],
];

const firstWays = { "ours-get": "over fetch", "ours-post": "by POST", "ours-worker": "in a worker" };
const firstFrom = { [imported]: "import()", [connected]: "connect()" };

/**
 * Each with what `measured` says of it: nothing, if that was not measured. `design` names what
 * `designs.mjs` says of how it is approached, and `profile` who is to be looked at if it is missed, beside whom.
 */
export const targets = [
  ...Object.entries(classes).map(([data, { name }]) => ({
    what: `over EventSource, ${name}: throughput, of native's`,
    design: "EventSource",
    ...atLeast(0.95),
    of: throughput(data, "ours-native", "native"),
    profile: () => ({ data, ids: ["native", "ours-native"] }),
  })),
  ...overFetch.flatMap(([data, native, peer]) => [
    {
      what: `over fetch, ${classes[data].name}: throughput, of native's`,
      design: "fetch",
      ...atLeast(native),
      of: throughput(data, "ours-fetch", "native"),
      profile: againstBoth(data, "ours-fetch"),
    },
    {
      what: `over fetch, ${classes[data].name}: throughput, of the best peer's`,
      design: "fetch",
      ...atLeast(peer),
      of: againstPeers(data, "ours-fetch"),
      profile: againstBoth(data, "ours-fetch"),
    },
  ]),
  ...coldGroups.map(({ data, count, what }) => ({
    what: `${what}: throughput, of the best peer's`,
    design: "cold",
    ...atLeast(fromColdStart[data]),
    of: coldly(data, count, "ours-fetch"),
  })),
  ...Object.entries(classes).map(([data, { name }]) => ({
    what: `in arrays, ${name}: throughput, of that one by one`,
    design: "arrays",
    ...atLeast(1),
    of: throughput(data, "ours-arrays", "ours-fetch"),
    profile: () => ({ data, ids: ["ours-fetch", "ours-arrays"] }),
  })),
  ...coldGroups.map(({ data, count, what }) => ({
    what: `in arrays, ${what}: throughput, of that one by one`,
    design: "arrays",
    ...atLeast(1),
    of: coldly(data, count, "ours-arrays", "ours-fetch"),
  })),
  ...["40b", "100b"].map((data) => ({
    what: `Rust, over fetch, ${classes[data].name}: throughput, of native's`,
    design: "Rust",
    ...atLeast(10),
    of: throughput(data, "rust-fetch", "native"),
    profile: againstBoth(data, "rust-fetch"),
  })),
  {
    what: "steady 2,000 events/s, paced, as it is by default: main thread, of native's",
    design: "steady",
    ...atMost(1 / 5, "1/5"),
    of: effort(2000, "ours-auto"),
    profile: () => ({ rate: 2000, ids: ["native", "ours-auto"] }),
  },
  {
    what: "steady 2,000 events/s, worker: main thread, of native's",
    design: "steady",
    ...atMost(1 / 12, "1/12"),
    of: effort(2000, "ours-worker"),
    profile: () => ({ rate: 2000, ids: ["native", "ours-worker"] }),
  },
  {
    what: "steady 200 events/s, as it comes: main thread, of native's",
    design: "steady",
    ...atMost(1.1),
    of: effort(200, "ours-default"),
    profile: () => ({ rate: 200, ids: ["native", "ours-default"] }),
  },
  ...["40b", "100b"].map((data) => ({
    what: `nobody listens, over fetch, ${classes[data].name}: throughput, of native's with \`JSON.parse\``,
    design: "unheard",
    ...atLeast(20),
    of: throughput(data, "ours-unheard", "native"),
    profile: againstBoth(data, "ours-unheard"),
  })),
  {
    what: "10,000 types have handlers: throughput, of that with only those that come",
    design: "types",
    ...atLeast(0.9),
    of: throughput("100b", "ours-10000-types", "ours-1-type"),
    profile: () => ({ data: "100b", ids: ["ours-1-type", "ours-10000-types"] }),
  },
  {
    what: "10,000 events of 100 B that wait: heap, of native's",
    design: "heap",
    ...atMost(1 / 4, "1/4"),
    of: ({ queued }) => queued && ratio(queued.ours, queued.native),
  },
  {
    what: "a Vite app that uses `connect()`: kB to download, brotli",
    design: "size",
    ...atMost(14),
    of: ({ appBytes }) => appBytes && { value: appBytes / 1000 },
  },
  {
    what: "import to ready: time, of the import of eventsource-parser",
    design: "ready",
    ...atMost(1.4),
    of: ({ ready }) => ready && ratio(ready.ours, ready.parser),
  },
  ...untilFirstOf.map(([latency, id, most, from]) => ({
    what:
      `the first event of a page, ${firstWays[id]}, ${latency ? `${latency} ms of latency` : "no latency"}, ` +
      `from \`${firstFrom[from]}\` on: time, of eventsource-parser's`,
    design: "first",
    ...atMost(most),
    of: untilFirst(latency, id, from),
  })),
];

/** Those that were measured, and not reached. */
export function missed(measured) {
  return targets.filter(({ of, reached }) => {
    const found = of(measured);
    return found && !reached(found.value);
  });
}

/** Whom to look at with which data or at which rate, each once: those that miss a target, and whom they are measured by. */
export function toProfile(measured) {
  const wanted = new Map();
  for (const { profile } of missed(measured)) {
    if (!profile) continue;
    const { data, rate, ids } = profile(measured);
    const key = data ?? rate;
    const { ids: known } = wanted.get(key) ?? { ids: [] };
    wanted.set(key, { data, rate, ids: [...new Set([...known, ...ids])] });
  }
  // As they stand in the other tables.
  const order = contestants.map(({ id }) => id);
  const inOrder = (ids) => ids.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const keys = [...Object.keys(classes), 2000, 200].filter((key) => wanted.has(key));
  return keys.map((key) => {
    const { ids, ...rest } = wanted.get(key);
    return { ...rest, ids: inOrder(ids) };
  });
}
