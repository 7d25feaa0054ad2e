/** A large chunk is worked on in pieces, which nobody can tell but by how soon its first events are there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createFetchHandler } from "../../npm/modules/engine/over-fetch.js";
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

test("reconnect() in one piece: the rest of the chunk comes first, and what came together", async (t) => {
  const { connect, requests } = network(t);
  const { source, states } = await connect({ transport: "fetch" });
  const arrays = [];
  source.on("odd", (events) => arrays.push(events.length), { batch: true });
  let events = 0;
  source.onAny(() => {
    if (++events === 3) source.reconnect();
  });
  await requests[0].answer();
  await requests[0].chunk(bytes);
  assert.deepEqual([events, arrays, source.cursor.processed], [count, [count / 2], `${count - 1}`]);
  assert.ok(requests[0].init.signal.aborted);
  assert.equal(requests[1].init.headers["last-event-id"], `${count - 1}`);
  assert.deepEqual(
    states.map(({ status, cause }) => cause?.code ?? status),
    ["open", "asked", "connecting"],
  );
});

test("reconnect() and close() in one piece: no other request is made", async (t) => {
  const { source, request } = await opened(t);
  source.onAny(() => {
    source.reconnect();
    source.close();
  });
  await request.chunk(bytes);
  assert.equal(source.stats.attempts, 1);
});

test("an event that is too large ends a chunk: what came together before it is handed over", async (t) => {
  const { source, request } = await opened(t, {
    eventLimit: 1000,
    retry: { initialMs: 100_000, shouldRetry: () => true },
  });
  const arrays = [];
  source.on("odd", (events) => arrays.push(events.length), { batch: true });
  const few = Buffer.from("id:a\nevent:odd\ndata:1\n\nid:b\nevent:odd\ndata:2\n\n");
  await request.chunk(Buffer.concat([few, Buffer.from(`data:${"x".repeat(1001)}\n\n`), bytes]));
  assert.deepEqual([arrays, source.state.status, source.cursor.processed], [[2], "reconnecting", "b"]);
});

test("where handlers run elsewhere, a chunk is one piece", async () => {
  const batches = [];
  const host = {
    stats: { attempts: 0, opened: 0, events: 0, dropped: 0, replays: 0, gaps: 0, reused: 0 },
    batch: ({ count, isPart }) => batches.push([count, isPart]),
    changed() {},
  };
  const handler = (isApart) => {
    const handle = { feed: () => ({ found: 0, count: 1, wanted: { names: "" } }), tell() {} };
    const link = { signal: new AbortController().signal, id: "", asked: "", origin: "" };
    return createFetchHandler({ ...host, isApart }, { gapHeader: [] }, handle, link, () => {});
  };
  const response = new Response("", { headers: { "content-type": "text/event-stream" } });
  for (const [isApart, pieces] of [
    [true, [[1, false]]],
    [
      undefined,
      [
        [1, true],
        [1, true],
        [1, false],
      ],
    ],
  ]) {
    batches.length = 0;
    const { answered, chunk } = handler(isApart);
    answered(response);
    chunk(new Uint8Array(100_000));
    assert.deepEqual(batches, pieces);
  }
});

test("what is first wanted while a gap is told is there from the next event on", async (t) => {
  for (const batch of [false, true]) {
    const { source, request } = await opened(t, { gapEvent: "gap" });
    const seen = [];
    const want = () => source.on("other", ({ lastEventId }) => seen.push(lastEventId));
    // Handlers that get events together are called before a gap is told.
    if (batch) {
      source.onGap(() => {});
      const first = source.on("message", () => first.unsubscribe() ?? want(), { batch });
    } else source.onGap(want);
    source.on("message", ({ lastEventId }) => seen.push(lastEventId));
    const event = (id, type) => `id:${id}\nevent:${type}\ndata:0\n\n`;
    const types = ["message", "gap", "other", "message", "other", "message", "other"];
    await request.chunk(types.map((type, place) => event(place + 1, type)).join(""));
    assert.deepEqual(
      seen.filter((id) => id > 1),
      ["3", "4", "5", "6", "7"],
    );
    source.close();
  }
});

test("a handler of a type that was first wanted meanwhile closes: nothing after it is processed", async (t) => {
  const { source, request } = await opened(t);
  source.on("message", () => source.on("other", source.close));
  const event = (id, type) => `id:${id}\nevent:${type}\ndata:0\n\n`;
  const types = ["message", "other", "message", "message"];
  await request.chunk(types.map((type, place) => event(place + 1, type)).join(""));
  assert.deepEqual([source.cursor.processed, source.stats.events], ["2", 2]);
});
