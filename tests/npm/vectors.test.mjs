/** The parsing vectors as they come over the wire, all at once: each a scenario with exactly its chunks. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "./support/browser.mjs";

const vectors = JSON.parse(await readFile(new URL("../vectors-standard.json", import.meta.url), "utf8"));

/** Nothing is added to the reconnection time, which is 1 ms until the server sets it. */
const retry = { initialMs: 1, maxMs: 0 };
/** The reconnection time that Chromium begins with. */
const chromiumMs = 3000;

/** The pauses are the network's: without one, two writes may arrive as one. */
const steps = (chunks) => chunks.flatMap((send, index) => (index ? [{ waitMs: 5 }, { send }] : [{ send }]));

const data = ({ data, repeat: [text, times, end] = [] }) => data ?? text.repeat(times).slice(0, end);

const expectedEvents = ({ expect }) =>
  expect.events.map((event) => [event.type, data(event), event.lastEventId]);

/** The vectors, each with a scenario whose later connections get 204. */
const made = () =>
  Promise.all(
    vectors.map(async (vector) => {
      const { chunks, then = [], expect, alsoListen = [] } = vector;
      // What has to come promptly must not need the end of the stream.
      const end = expect.promptDelivery ? "hold" : "close";
      const connections = [chunks, ...then].map((chunks) => ({ steps: steps(chunks), end }));
      const types = new Set(["message", ...expect.events.map(({ type }) => type), ...alsoListen]);
      return { vector, url: await scenario({ attempts: connections }), types: [...types] };
    }),
  );

/** In the page: what the package makes of each scenario. */
const play = (all, options) =>
  Promise.all(
    all.map(async ({ url, types, prompt, awayMs }) => {
      const { connect } = await import("/dist/index.js");
      const source = connect(url, { ...options, defaultDecode: "text" });
      const events = [];
      const waits = [];
      const reasons = [];
      await new Promise((resolve) => {
        source.onState((state) => {
          // The browser's EventSource hides the 204.
          if (state.status === "closed" || state.cause?.code === "refused") resolve();
          else if (state.status === "reconnecting") {
            waits.push(state.waitMs);
            // What does not end shows in the number of attempts.
            if (waits.length === 100) resolve();
            if (awayMs) setTimeout(resolve, awayMs);
          }
          if (state.reason) reasons.push(state.reason);
        });
        source.onError((error) => reasons.push(error.code));
        for (const type of types)
          source.on(type, (event) => {
            events.push([event.type, event.data, event.lastEventId]);
            if (prompt) source.reconnect();
          });
      });
      source.close();
      return { events, waits, reasons };
    }),
  );

browserSuite("the parsing vectors", (open) => {
  const ways = {
    "the browser's EventSource, which reconnects by itself": { transport: "eventsource" },
    "a new EventSource for each connection": { transport: "eventsource", retry },
    fetch: { transport: "fetch", retry },
  };
  for (const [way, options] of Object.entries(ways))
    test(`over ${way}`, async (t) => {
      assert.equal(vectors.length, 83);
      const scenarios = await made();
      const { page, uncaught } = await open(t);
      const renewed = options.retry && options.transport === "eventsource";
      const given = scenarios.map(({ vector, url, types }) => ({
        url,
        types,
        prompt: vector.expect.promptDelivery,
        // Who replaces the browser's EventSource does not hear of `retry`, which that hides.
        awayMs: renewed ? undefined : vector.noReconnectWithinMs,
      }));
      const seen = await page.evaluate(
        // A function does not cross to the page but as text.
        ([source, given, options]) => new Function(`return ${source}`)()(given, options),
        [play.toString(), given, options],
      );
      for (const [index, { vector, url }] of scenarios.entries())
        await t.test(vector.name, async () => {
          const came = await attempts(url);
          check({ vector, came, ...seen[index], ...given[index] }, options);
        });
      assert.deepEqual(uncaught, []);
    });
});

function check({ vector, came, events, waits, reasons, awayMs }, options) {
  const { retry, lastEventIdHeaders, promptDelivery } = vector.expect;
  const own = options.transport === "eventsource";
  const renewed = own && options.retry;
  assert.deepEqual(events, expectedEvents(vector));
  assert.equal(came.length, awayMs ? 1 : 2 + (vector.then?.length ?? 0));

  // The header, unless a new EventSource had to be made, which cannot send one.
  const ids = came.map(({ lastEventId, query }) => (renewed ? query.lastEventId : lastEventId) ?? "");
  if (lastEventIdHeaders) assert.deepEqual(ids, lastEventIdHeaders.slice(0, came.length));
  for (const { query, lastEventId } of came)
    assert.ok(renewed ? lastEventId === null : !("lastEventId" in query));

  const last = typeof retry === "string" ? Number(retry.slice(2)) : retry;
  if (!own) {
    // Asked for, the first vectors are reconnected without a wait.
    const expected = promptDelivery ? 0 : (last ?? 1);
    const wait = waits.at(-1);
    assert.ok(typeof retry === "string" ? wait >= expected : wait === expected, `waits ${wait}`);
    assert.deepEqual(reasons, [awayMs ? "closed" : "no-content"]);
  } else if (!renewed && !promptDelivery && !awayMs) {
    // Longer waits are the browser's affair: it was busy. The clocks are those of two processes.
    const [before, after] = came.slice(-2).map(({ atMs }) => atMs);
    assert.ok(after - before + 5 >= (last ?? chromiumMs), `waited ${after - before}`);
    assert.ok(waits.slice(0, vector.then?.length ?? 0).every((wait) => wait === null));
  }
}
