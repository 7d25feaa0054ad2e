/** What this package wants to reach, and what of it was measured. */
import { contestants } from "./contestants.mjs";
import { classes } from "./data.mjs";
import { median, ratio } from "./statistics.mjs";

/** A ratio of events per time: more is better. */
const throughput = (data, id, measure) => (measured) => {
  const rates = measured.floods.rates[data];
  return rates[id] && ratio(rates[id], rates[measure]);
};

/** The peer that reads a class of data fastest. */
export function bestPeer(rates) {
  const peers = contestants.filter(({ kind, id }) => kind === "peer" && rates[id]);
  return peers.map(({ id }) => id).sort((a, b) => median(rates[b]) - median(rates[a]))[0];
}

const againstPeers = (data, id) => (measured) => {
  const rates = measured.floods.rates[data];
  return ratio(rates[id], rates[bestPeer(rates)]);
};

/** A ratio of time per event: less is better. */
const effort = (rate, id) => (measured) => {
  const used = measured.steady[rate];
  return used[id] && ratio(used[id], used.native);
};

const atLeast = (least) => ({ wanted: `≥ ${least}`, reached: (value) => value >= least });
const atMost = (most, text = most) => ({ wanted: `≤ ${text}`, reached: (value) => value <= most });

const overFetch = [
  ["40b", 8, 1.5],
  ["100b", 8, 1.5],
  ["1kb", 1.9, 1.1],
  ["16kb", 1.15, 1],
];

/** Each with what `measured` says of it: nothing, if that contestant is not in this package. */
export const targets = [
  ...Object.entries(classes).map(([data, { name }]) => ({
    what: `over EventSource, ${name}: throughput, of native's`,
    ...atLeast(0.95),
    of: throughput(data, "ours-native", "native"),
  })),
  ...overFetch.flatMap(([data, native, peer]) => [
    {
      what: `over fetch, ${classes[data].name}: throughput, of native's`,
      ...atLeast(native),
      of: throughput(data, "ours-fetch", "native"),
    },
    {
      what: `over fetch, ${classes[data].name}: throughput, of the best peer's`,
      ...atLeast(peer),
      of: againstPeers(data, "ours-fetch"),
    },
  ]),
  ...["40b", "100b"].map((data) => ({
    what: `Rust, over fetch, ${classes[data].name}: throughput, of native's`,
    ...atLeast(10),
    of: throughput(data, "rust-fetch", "native"),
  })),
  {
    what: "steady 2,000 events/s, paced, as it is by default: main thread, of native's",
    ...atMost(1 / 5, "1/5"),
    of: effort(2000, "ours-auto"),
  },
  {
    what: "steady 2,000 events/s, worker: main thread, of native's",
    ...atMost(1 / 12, "1/12"),
    of: effort(2000, "ours-worker"),
  },
  {
    what: "steady 200 events/s, as it comes: main thread, of native's",
    ...atMost(1.1),
    of: effort(200, "ours-default"),
  },
  ...["40b", "100b"].map((data) => ({
    what: `nobody listens, over fetch, ${classes[data].name}: throughput, of native's with \`JSON.parse\``,
    ...atLeast(20),
    of: throughput(data, "ours-unheard", "native"),
  })),
  {
    what: "10,000 types have handlers: throughput, of that with only those that come",
    ...atLeast(0.9),
    of: throughput("100b", "ours-10000-types", "ours-1-type"),
  },
  {
    what: "10,000 events of 100 B that wait: heap, of native's",
    ...atMost(1 / 4, "1/4"),
    of: ({ queued }) => ratio(queued.ours, queued.native),
  },
  {
    what: "a Vite app that uses `connect()`: kB to download, brotli",
    ...atMost(14),
    of: ({ appBytes }) => ({ value: appBytes / 1000 }),
  },
  {
    what: "import to ready: time, of the import of eventsource-parser",
    ...atMost(1.4),
    of: ({ ready }) => ratio(ready.ours, ready.parser),
  },
];
