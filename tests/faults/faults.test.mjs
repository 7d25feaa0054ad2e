/** Each fault, over either transport, comes to what `expected.mjs` says, and leaves nothing behind. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { byDefault, scenario, server } from "../npm/support/browser.mjs";
import { expected } from "./expected.mjs";
import { faults, options } from "./faults.mjs";
import { launch } from "./support/chromium.mjs";
import { proxy } from "./support/proxy.mjs";
import { reckon, report } from "./support/report.mjs";

/** So long a fault may take, in milliseconds; what is there then is looked at. */
const patience = 300_000;
/** The longest time that a timer can take. */
const longestTimer = 2 ** 31 - 1;
const nothing = { timers: 0, late: 0, listeners: 0, readers: 0, eventSources: 0, workers: 0 };
const defaults = { lost: 0, doubled: 0, errors: [], gaps: [], stats: {} };

const every = faults.flatMap((fault) =>
  (fault.only ? [fault.only] : Object.keys(options)).map((transport) => ({ fault, transport })),
);
/** Those that keep a browser busy. */
const isLarge = ({ fault }) => /million|MB$/.test(fault.name);
const isSlow = ({ fault }) => /second$/.test(fault.name);
every.sort((a, b) => isSlow(b) - isSlow(a));
const rows = [];

describe("faults", { skip: server ? false : "TEST_SERVER names no server", concurrency: 2 }, () => {
  after(() => report(rows));
  // One after the other, and in a browser of their own: what is large must not hold up what is to be quick.
  inBrowser("large", 1, every.filter(isLarge));
  inBrowser(
    "small",
    5,
    every.filter((one) => !isLarge(one)),
  );
});

/** Tests that share a browser; so many at a time. */
function inBrowser(name, concurrency, tests) {
  describe(name, { concurrency }, () => {
    let browser;
    before(async () => {
      browser = await launch();
    });
    after(() => browser?.close());
    for (const { fault, transport } of tests)
      test(`${fault.name}, over ${transport}`, { timeout: patience + 300_000 }, async () => {
        const line = await proxy(server, fault.network);
        try {
          const { page, reached } = await openPage(browser, line);
          try {
            const until = fault.until?.[transport] ?? fault.until;
            await begin(fault, transport, until, page);
            await reached(({ isEnough }) => isEnough || (until === "asked" && line.asked.length > 0));
            const asked = [...line.asked];
            assert.deepEqual(page.uncaught, []);
            const picture = await page.run("picture");
            rows.push(rowOf(fault, transport, picture));
            check(picture, { ...defaults, ...expected[fault.name][transport] }, rows.at(-1), asked);
            await checkEnd(picture, transport, byDefault.worker && !fault.ownFetch, page, line);
            assert.deepEqual(page.uncaught, []);
          } finally {
            await page.close();
          }
        } finally {
          line.close();
        }
      });
  });
}

/** A page that is ready to begin; `reached` waits until what it has seen is enough, or patience is at its end. */
async function openPage(browser, line) {
  let seen = { events: 0, losses: 0 };
  let look = () => {};
  line.onRequest(() => look());
  const page = await browser.page(`${line.origin}/faults/index.html`, (told) => {
    seen = { ...seen, ...told };
    line.told(seen);
    look();
  });
  const reached = (isEnough) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, patience);
      look = () => {
        if (!isEnough(seen)) return;
        clearTimeout(timer);
        resolve();
      };
      look();
    });
  return { page, reached };
}

async function begin(fault, transport, until, page) {
  const begun = {
    url: fault.server ? await scenario(fault.server) : "/scenarios/none",
    options: {
      ...byDefault,
      // A fetch of the page's own is no worker's.
      worker: !!byDefault.worker && !fault.ownFetch,
      ...options[transport],
      ...fault.options,
      ...fault[transport],
    },
    types: fault.types ?? ["tick"],
    until,
    isMany: !Array.isArray(fault.log),
    hasOwnFetch: fault.ownFetch,
    onGap: fault.onGap,
    reconnectAbove: fault.reconnectAbove,
  };
  await page.run("begin", begun);
}

const rowOf = ({ name, exempt, log }, transport, { events, many, recoveredMs }) => ({
  name,
  exempt,
  transport,
  ...reckon(log, events, many),
  recoveredMs,
});

/** Compares what was seen, and what the network saw, with what was expected. */
function check(picture, { waits, stats, ...outcome }, { lost, doubled }, attempts) {
  const { state, events, causes, errors, gaps, longestTimer: longest } = picture;
  const asked = attempts.map(({ lastEventId }) => lastEventId);
  assert.deepEqual({ state, events, causes, errors, gaps, asked, lost, doubled }, outcome);
  for (const [key, value] of Object.entries(stats)) assert.equal(picture.stats[key], value, `stats.${key}`);
  assert.ok(longest <= longestTimer, `a timer of ${longest} ms`);
  if (waits) checkWaits(picture.waits, waits, attempts);
  else assert.deepEqual(picture.waits, [], "waits");
}

function checkWaits(waits, [least, most], attempts) {
  assert.ok(waits.length > 0, "it waited");
  assert.ok(
    waits.every((wait) => wait >= least && wait <= most),
    `${waits} are not from ${least} to ${most}`,
  );
  const apart = attempts.slice(1).map(({ at }, index) => at - attempts[index].at);
  // Where there are as many as waits, and nobody asked for one: clocks count in fractions of a millisecond.
  if (waits.length === apart.length && least <= longestTimer)
    assert.ok(Math.min(...apart) > least - 1, `attempts ${apart} ms apart`);
}

/** Closes the source, after which there is nothing left. */
async function checkEnd({ state, held, stats }, transport, inWorker, page, line) {
  const own = { fetch: held.readers, eventsource: held.eventSources };
  assert.equal(stats.engine, inWorker ? "worker" : "page");
  if (inWorker) assert.deepEqual([...Object.values(own), held.workers], [0, 0, 1], "what the page has");
  else if (state === "open") assert.equal(own[transport], 1, "what reads the stream");
  // The connection in use is the only one: each before it is let go of.
  const live = Number(["open", "connecting"].includes(state));
  await settled(() => line.open(), live, "connections before the end");
  assert.deepEqual(await page.run("finish"), nothing, "what is left behind");
  await settled(() => line.open(), 0, "connections after the end");
}

/** Waits until it gives that; what it gives after a minute is a failure. */
async function settled(value, wanted, what) {
  const end = performance.now() + 60_000;
  while (value() !== wanted && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(value(), wanted, what);
}
