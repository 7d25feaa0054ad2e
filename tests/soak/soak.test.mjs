/** Streams that are cut, stalled, opened and closed for minutes: every event arrives once, and no memory is kept. */

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { launch } from "../faults/support/chromium.mjs";
import { end, range } from "../faults/support/log.mjs";
import { proxy } from "../faults/support/proxy.mjs";
import { scenario, server } from "../npm/support/browser.mjs";

const minutes = Number(process.env.SOAK_MINUTES || 1);
const wholeMs = minutes * 60_000;
/** When what is loaded once is loaded, and what grows to its size has grown. */
const warmMs = Math.min(60_000, wholeMs / 2);

/** How much more there may be in the end, in bytes. */
const tolerance = 1_000_000;

/** The length of an event's data. */
const bytes = 200;
/** Events come one by one, and then many at once; a stream does that in turn. */
const [oneByOne, atOnce] = [500, 2000];
const cycle = oneByOne + atOnce;
/** What a long stream begins with: enough to fill all that is bounded before memory is first looked at. */
const full = 70_000;
/** About as long as a cycle takes, with what disturbs it. */
const cycleMs = 9000;

const retry = { initialMs: 1, maxMs: 1 };
const transports = {
  fetch: { transport: "fetch", retry, idleMs: 1500, connectTimeoutMs: 1500 },
  eventsource: {
    transport: "eventsource",
    retry,
    idleMs: 1500,
    connectTimeoutMs: 1500,
    heartbeatEvent: "beat",
    dropReplays: true,
  },
};

const skip = server ? false : "TEST_SERVER names no server";
test(`${minutes} minutes of faults`, { skip, timeout: 2 * wholeMs + 20 * 60_000 }, async ({ signal }) => {
  const line = await proxy(server);
  const browser = await launch();
  // What hangs is given up with the page.
  signal.addEventListener("abort", () => browser.close());
  try {
    const page = await browser.page(`${line.origin}/soak/index.html`);
    await soak(page, line);
  } finally {
    await browser.close();
    line.close();
  }
});

async function soak(page, line) {
  const begin = performance.now();
  const isOver = () => performance.now() - begin >= wholeMs;
  const sum = { sources: 0, sent: 0, received: 0, lost: 0, doubled: 0, wrong: 0, late: 0, losses: 0 };

  /** Reads one stream to its end, or leaves it before; adds what came. */
  const read = async (transport, { first = 0, cycles = 1, leaveAt }) => {
    const sent = leaveAt ?? first + cycles * cycle;
    const url = await scenario(script(first, cycles));
    const play = { url, options: transports[transport], bytes, leaveAt };
    const { end, errors, last, ...seen } = await page.run("play", play);
    await fetch(server + url, { method: "DELETE" });
    assert.deepEqual(errors, []);
    assert.equal(end, leaveAt ? "left" : "end");
    assert.equal(last, sent);
    sum.sources++;
    sum.sent += sent;
    for (const [name, count] of Object.entries(seen)) sum[name] += count;
  };

  /** One stream after the other; every third is left in the middle. */
  const readMany = async (transport) => {
    for (let n = 1; !isOver(); n++) {
      await read(transport, { leaveAt: n % 3 ? undefined : randomInt(1, cycle) });
    }
  };

  /** Many streams of which only the beginning is read. */
  const lookIn = async () => {
    const names = Object.keys(transports);
    for (let n = 0; !isOver(); n++) await read(names[n % names.length], { leaveAt: randomInt(1, 10) });
  };

  const streams = Object.keys(transports).flatMap((transport) => [
    read(transport, { first: full, cycles: Math.ceil(wholeMs / cycleMs) }),
    readMany(transport),
  ]);
  let isDone = false;
  const all = Promise.all([...streams, lookIn()]).finally(() => {
    isDone = true;
  });
  const memory = watchMemory(page, begin);
  await Promise.all([all, memory, disturb(line, () => isOver() || isDone)]);

  const { warm, last } = await memory;
  const grown = { heap: last.heap - warm.heap, wasm: last.wasm - warm.wasm };
  const { sources, sent, received, lost, doubled, wrong, late, losses } = sum;
  console.log(
    `${minutes} minutes, ${sources} sources, ${losses} connections lost: ${sent} events sent, ${received} received, ` +
      `${lost} lost, ${doubled} doubled; heap ${kb(warm.heap)} and ${kb(grown.heap)} more, wasm ${kb(warm.wasm)} and ${kb(grown.wasm)} more`,
  );
  assert.deepEqual(
    { received, lost, doubled, wrong, late },
    { received: sent, lost: 0, doubled: 0, wrong: 0, late: 0 },
  );
  assert.ok(losses >= minutes * 20, `only ${losses} connections were lost`);
  assert.ok(grown.heap <= tolerance, `the heap has grown by ${grown.heap} bytes`);
  assert.ok(grown.wasm <= tolerance, `the memory of wasm has grown by ${grown.wasm} bytes`);
  assert.deepEqual(page.uncaught, []);
  const left = await page.evaluate("watch.left()");
  assert.deepEqual(left, { timers: 0, late: 0, listeners: 0, readers: 0, eventSources: 0, workers: 0 });
}

const kb = (bytes) => `${Math.round(bytes / 1000)} kB`;

/** The numbers from 1 on, so many at once and then in cycles, from wherever they are asked for. */
function script(first, cycles) {
  const events = (to, more) => ({ events: { to, type: "tick", bytes, ...more } });
  const steps = range(0, cycles - 1).flatMap((n) => [
    events(first + n * cycle + oneByOne, { everyMs: 10 }),
    events(first + (n + 1) * cycle, { perWrite: 100 }),
  ]);
  const all = [events(first, { perWrite: 100 }), ...steps, { send: end }];
  return {
    attempts: [{ headers: { connection: "close" }, steps: all, end: "hold" }],
    afterwards: "repeat-last",
  };
}

/** Breaks one connection after the other until it is over. */
async function disturb(line, isOver) {
  const acts = ["cut", "cut", "reset", "swallow"];
  while (!isOver()) {
    await pause(randomInt(200, 1200));
    line.disturb(acts[randomInt(acts.length)], (count) => randomInt(Math.max(1, count)));
  }
}

/** What the page holds when it is warm, and in the end, while its streams are still read. */
async function watchMemory(page, begin) {
  const look = async (atMs) => {
    await pause(begin + atMs - performance.now());
    await page.call("HeapProfiler.collectGarbage");
    const { usedSize } = await page.call("Runtime.getHeapUsage");
    return { heap: usedSize, wasm: await page.evaluate("watch.wasmBytes()") };
  };
  const warm = await look(warmMs);
  return { warm, last: await look(wholeMs) };
}

/** The pace of the load, and no wait for anything. */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
