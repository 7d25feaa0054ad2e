/** A reader that takes each event as it is given loses nothing, however the stream is cut into writes. The real engine. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { network, settle } from "./support/network.mjs";

const numRuns = Number(process.env.PROPTEST_CASES || 200);

const encoder = new TextEncoder();
const policies = ["auto", "drop-oldest", "drop-newest", "latest-by-key", "error", "backpressure"];
const key = ({ data }) => data;

/** Reads what comes, as an application does that has nothing else to do. */
const read = async (source) => {
  const values = [];
  for await (const { data } of source.events("a")) values.push(data);
  return values;
};

for (const overflow of policies)
  test(`fetch, ${overflow}: any cut into writes, written with and without a pause`, async (t) => {
    const net = network(t);
    const property = fc.asyncProperty(
      fc.array(fc.string({ maxLength: 300 }), { maxLength: 60 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.boolean()), { maxLength: 12 }),
      fc.integer({ min: 1, max: 3000 }),
      async (texts, cuts, limitBytes) => {
        // Each has a key of its own: what is conflated is no loss.
        const events = texts.map((text, n) => `${n} ${text}`);
        const bytes = encoder.encode(
          events.map((text) => `event: a\ndata: ${JSON.stringify(text)}\n\n`).join(""),
        );
        const { source } = await net.connect({
          transport: "fetch",
          buffer: { limitBytes, overflow, key },
        });
        const request = net.requests.at(-1);
        await request.answer();
        const values = read(source);
        let begin = 0;
        for (const [size, pauses] of [...cuts, [bytes.length, true]]) {
          const written = request.chunk(bytes.subarray(begin, begin + size));
          begin = Math.min(begin + size, bytes.length);
          if (pauses) await written;
        }
        await settle();
        assert.equal(source.state.status, "open");
        source.close();
        assert.deepEqual(await values, events);
        assert.equal(source.stats.dropped, 0);
      },
    );
    await fc.assert(property, { numRuns });
  });

for (const overflow of policies.filter((policy) => policy !== "backpressure"))
  test(`EventSource, ${overflow}: any burst`, async (t) => {
    const net = network(t);
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 10 }),
      fc.integer({ min: 1, max: 2000 }),
      async (bursts, limitBytes) => {
        const { source } = await net.connect({
          transport: "eventsource",
          buffer: { limitBytes, overflow, key },
        });
        const values = read(source);
        const native = net.natives.at(-1);
        native.open();
        let sent = 0;
        for (const size of bursts) {
          for (let n = 0; n < size; n++) native.send("a", `${sent++}`);
          await settle();
        }
        source.close();
        assert.deepEqual(
          await values,
          Array.from({ length: sent }, (_, n) => n),
        );
        assert.equal(source.stats.dropped, 0);
      },
    );
    await fc.assert(property, { numRuns });
  });
