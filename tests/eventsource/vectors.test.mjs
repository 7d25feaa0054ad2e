/** The parsing vectors, through the drop-in class; the browser's own has confirmed them. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "../npm/support/browser.mjs";
import { run } from "./support/both.mjs";

const vectors = JSON.parse(await readFile(new URL("../vectors-standard.json", import.meta.url), "utf8"));

/** The pauses are the network's: without one, two writes may arrive as one. */
const steps = (chunks) => chunks.flatMap((send, index) => (index ? [{ waitMs: 5 }, { send }] : [{ send }]));

const data = ({ data, repeat: [text, times, end] = [] }) => data ?? text.repeat(times).slice(0, end);

/** In the page: the events of each stream, until it is closed or `doneAfter` have come. */
const play = (EventSource, all) =>
  Promise.all(
    all.map(async ({ url, types, doneAfter, awayMs }) => {
      const source = new EventSource(url);
      const events = [];
      let errors = 0;
      await new Promise((resolve) => {
        source.onerror = (event) => {
          if (event instanceof MessageEvent) return;
          errors++;
          if (source.readyState === 2) resolve();
          else if (awayMs) setTimeout(resolve, awayMs);
        };
        for (const type of types)
          source.addEventListener(type, (event) => {
            if (!(event instanceof MessageEvent)) return;
            events.push([event.type, event.data, event.lastEventId]);
            if (events.length === doneAfter) resolve();
          });
      });
      source.close();
      return { events, errors };
    }),
  );

browserSuite("the parsing vectors through the drop-in class", (open) => {
  test("each as the standard has it", async (t) => {
    assert.equal(vectors.length, 83);
    const made = await Promise.all(
      vectors.map(async ({ chunks, then = [], expect, alsoListen = [], noReconnectWithinMs }) => {
        const { promptDelivery } = expect;
        const connections = [chunks, ...then].map((chunks) => ({
          steps: steps(chunks),
          // What has to come promptly must not need the end of the stream.
          end: promptDelivery ? "hold" : "close",
        }));
        const types = [...new Set(["message", ...expect.events.map(({ type }) => type), ...alsoListen])];
        const doneAfter = promptDelivery ? expect.events.length : undefined;
        return {
          url: await scenario({ attempts: connections }),
          types,
          doneAfter,
          awayMs: noReconnectWithinMs,
        };
      }),
    );
    const { page, uncaught } = await open(t);
    const seen = await run(page, { isOurs: true }, play, made);
    for (const [index, vector] of vectors.entries())
      await t.test(vector.name, async () => {
        const { expect, then = [] } = vector;
        const { awayMs, doneAfter, url } = made[index];
        assert.deepEqual(
          seen[index].events,
          expect.events.map((event) => [event.type, data(event), event.lastEventId]),
        );
        const came = await attempts(url);
        const connections = doneAfter || awayMs ? 1 : 2 + then.length;
        assert.equal(came.length, connections);
        assert.equal(seen[index].errors, doneAfter ? 0 : connections);
        const ids = came.map(({ lastEventId }) => lastEventId ?? "");
        if (expect.lastEventIdHeaders) assert.deepEqual(ids, expect.lastEventIdHeaders.slice(0, came.length));
        if (connections > 1) {
          // Of the last wait: the reconnection time in force, or that of the class.
          const [before, after] = came.slice(-2).map(({ atMs }) => atMs);
          const { retry } = expect;
          const least = typeof retry === "string" ? Number(retry.slice(2)) : (retry ?? 3000);
          assert.ok(after - before + 5 >= least, `waited ${after - before} of ${least}`);
        }
      });
    assert.deepEqual(uncaught, []);
  });
});
