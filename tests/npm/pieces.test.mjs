/** A large chunk is worked on in pieces, which nobody can tell but by how soon its first events are there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network } from "./support/network.mjs";

const count = 20_000;
const bytes = Buffer.from(
  Array.from({ length: count }, (_, n) => `id:${n}\nevent:${n % 2 ? "odd" : "even"}\ndata:${n}\n\n`).join(""),
);
// Several pieces, also of the largest kind.
assert.ok(bytes.length > 3 * 128 * 1024);

async function opened(t, options = {}) {
  const { connect, requests } = network(t);
  const { source } = await connect({ transport: "fetch", ...options });
  const request = requests.pop();
  await request.answer();
  return { source, request };
}

test("the first events are delivered before the last ones are looked at", async (t) => {
  const { source, request } = await opened(t);
  const received = [];
  source.on("even", () => received.push(Number(source.cursor.received)));
  await request.chunk(bytes);
  assert.equal(received.length, count / 2);
  // When the first one came, only the first piece had been looked at.
  assert.ok(received[0] < 8 * 1024 && received.at(-1) === count - 1, `${received[0]}, ${received.at(-1)}`);
  assert.equal(source.stats.events, count);
});

test("arrays are handed over once for the whole chunk", async (t) => {
  const { source, request } = await opened(t);
  const arrays = [];
  source.on("odd", (events) => arrays.push(events.map(({ data }) => data)), { batch: true });
  await request.chunk(bytes);
  assert.deepEqual(
    arrays.map(({ length }) => length),
    [count / 2],
  );
  assert.ok(arrays[0].every((data, place) => data === 2 * place + 1));
  assert.equal(source.cursor.processed, `${count - 1}`);
});

test("a type that is wanted during one piece is there from the next event on", async (t) => {
  const { source, request } = await opened(t);
  const odd = [];
  const first = source.on("even", () => {
    first.unsubscribe();
    source.on("odd", ({ data }) => odd.push(data));
  });
  await request.chunk(bytes);
  assert.equal(odd.length, count / 2);
  assert.ok(odd.every((data, place) => data === 2 * place + 1));
});

test("close() in one piece: nothing of the next one is looked at", async (t) => {
  const { source, request } = await opened(t);
  let events = 0;
  source.onAny(() => {
    if (++events === 3) source.close();
  });
  await request.chunk(bytes);
  assert.deepEqual([events, source.cursor.processed], [3, "2"]);
  assert.ok(Number(source.cursor.received) < 8 * 1024);
});
