/** The events of a chunk cross together; whatever their data are, each arrives as if it had come alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { network } from "./support/network.mjs";
import { asBytes, examples, expected, streams } from "./support/streams.mjs";

/** As for the properties in Rust. */
const numRuns = Number(process.env.PROPTEST_CASES || 200);

const schema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      Array.isArray(value) ? { value: value.length } : { issues: [{ message: "no array" }] },
  },
};

/** By event type; all others are JSON. */
const decode = { text: "text", number: Number, schema };

/** Undecodable events are told at a bounded rate: the first two of them, and how many there were. */
const told = (all, undecodable, count) => ({
  all,
  undecodable: undecodable.slice(0, 2),
  count,
});

test("a batch is its events, one by one", async (t) => {
  const { connect, requests } = network(t);

  /** What subscribers get of a stream that comes in these chunks: events and errors, as they come. */
  async function received(chunks) {
    const { source } = await connect({ transport: "fetch", decode });
    const all = [];
    source.onAny(({ type, data, raw, lastEventId }) => all.push({ type, raw, lastEventId, data }));
    const undecodable = [];
    let count = 0;
    source.onError(({ code, cause, more = 0, event: { type, data, raw, lastEventId } }) => {
      assert.equal(data, raw);
      count += 1 + more;
      undecodable.push({ type, raw, lastEventId, code, cause: `${cause}` });
    });
    const request = requests.pop();
    await request.answer();
    for (const chunk of chunks) await request.chunk(chunk);
    source.close();
    return told(all, undecodable, count);
  }

  const property = fc.asyncProperty(streams, fc.array(fc.nat(), { maxLength: 9 }), async (blocks, places) => {
    const alone = blocks.map(asBytes);
    const whole = Buffer.concat(alone);
    const ends = places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b);
    const cut = [...ends, whole.length].map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
    const all = expected(blocks, decode);
    const failed = all.filter(({ code }) => code);
    const events = told(
      all.filter(({ code }) => !code),
      failed,
      failed.length,
    );
    assert.deepEqual(await received(alone), events);
    assert.deepEqual(await received([whole]), events);
    assert.deepEqual(await received(cut), events);
  });
  await fc.assert(property, { numRuns, examples: examples.map((blocks) => [blocks, []]) });
});
