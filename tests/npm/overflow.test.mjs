/** What a full queue does. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EventSourceError } from "../../npm/modules/base/errors.js";
import { opened, recorded, reports } from "./support/fake-engine.mjs";
import { room, settle } from "./support/network.mjs";

const numRuns = Number(process.env.PROPTEST_CASES || 200);

/** The data that are read until nothing more comes. */
async function rest(iterator) {
  const values = [];
  for await (const { data } of iterator) values.push(data);
  return values;
}

const codes = (errors) => errors.map(({ code }) => code);

/** Each policy on an array: what it does with one more event, and how many are lost without being told. */
const models = {
  "drop-oldest"(queue, item, limit) {
    if (queue.length >= limit) queue.shift();
    queue.push(item);
    return 0;
  },
  "drop-newest"(queue, item, limit) {
    if (queue.length < limit) queue.push(item);
    return 0;
  },
  "latest-by-key"(queue, item, limit) {
    const place = queue.findIndex(({ type }) => type === item.type);
    if (place < 0) return models["drop-oldest"](queue, item, limit);
    queue[place] = item;
    return 1;
  },
};

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("a", "b", "c", "d", "e", "f", "g") },
  { weight: 3, arbitrary: fc.constant("") },
);

for (const [overflow, model] of Object.entries(models))
  test(`${overflow}: what is written and read in any order is that of a plain array`, async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(step, { maxLength: 80 }),
      async (limit, steps) => {
        const { source, server } = await opened({ buffer: { limitBytes: room(limit), overflow } });
        let told = 0;
        source.onError(({ dropped }) => {
          told += dropped;
        });
        const iterator = source.events();
        const queue = [];
        let [pushed, read, meant, data] = [0, 0, 0, 0];
        for (const type of steps) {
          if (type) {
            server.message(type, `${++data}`, `${data}`);
            pushed++;
            meant += model(queue, { type, data }, limit);
            await settle();
          } else if (queue.length) {
            const { value } = await iterator.next();
            read++;
            const expected = queue.shift();
            assert.deepEqual({ type: value.type, data: value.data }, expected);
          }
          assert.equal(iterator.dropped, pushed - read - queue.length);
          assert.equal(source.stats.dropped, iterator.dropped);
        }
        source.close();
        assert.equal(told, iterator.dropped - meant);
        assert.deepEqual(
          await rest(iterator),
          queue.map(({ data }) => data),
        );
        assert.equal(source.cursor.processed, data ? `${data}` : "");
      },
    );
    await fc.assert(property, { numRuns });
  });

test("drop-newest keeps what came first, and tells of the loss", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(2), overflow: "drop-newest" } });
  const errors = recorded((note) => source.onError(note));
  const iterator = source.events("a");
  server.batch(["a", "1"], ["a", "2"], ["a", "3"], ["a", "4"]);
  await settle();
  assert.equal((await iterator.next()).value.data, 1);
  assert.deepEqual([errors[0].code, errors[0].dropped], ["lagged", 2]);
  source.close();
  assert.deepEqual(await rest(iterator), [2]);
});

test("latest-by-key: the newest takes the place of the one with its key, which is no loss to tell of", async () => {
  const key = ({ data }) => data[0];
  const { source, server } = await opened({
    defaultDecode: "text",
    buffer: { limitBytes: room(3), overflow: "latest-by-key", key },
  });
  const errors = recorded((note) => source.onError(note));
  const iterator = source.events("a");
  server.batch(["a", "x1"], ["a", "y1"], ["a", "x2"], ["a", "z1"], ["a", "x3"]);
  source.close();
  assert.deepEqual([iterator.dropped, errors], [2, []]);
  assert.deepEqual(await rest(iterator), ["x3", "y1", "z1"]);
});

test("latest-by-key: what has been read is not replaced", async () => {
  const { source, server } = await opened({ buffer: { overflow: "latest-by-key" } });
  const iterator = source.events("a");
  server.message("a", "1");
  assert.equal((await iterator.next()).value.data, 1);
  server.batch(["a", "2"], ["a", "3"]);
  assert.equal((await iterator.next()).value.data, 3);
  assert.equal(iterator.dropped, 1);
});

test("latest-by-key: more keys than places lose the oldest, and that is told", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(2), overflow: "latest-by-key" } });
  const errors = recorded((note) => source.onError(note));
  const iterator = source.events();
  server.batch(["a", "1"], ["b", "2"], ["b", "3"], ["c", "4"]);
  await settle();
  source.close();
  assert.deepEqual(
    errors.map(({ code, dropped }) => [code, dropped]),
    [["lagged", 1]],
  );
  assert.equal(iterator.dropped, 2);
  assert.deepEqual(await rest(iterator), [3, 4]);
});

test("latest-by-key: what still waits is replaced, however many keys have come and gone", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(2), overflow: "latest-by-key" } });
  source.onError(() => {});
  const iterator = source.events();
  server.batch(["a", "1"], ["b", "2"], ["c", "3"], ["d", "4"], ["e", "5"], ["d", "6"], ["e", "7"]);
  await settle();
  source.close();
  assert.deepEqual(await rest(iterator), [6, 7]);
});

test("latest-by-key: the keys of what no longer waits are forgotten", async (t) => {
  const places = new Set();
  const { set } = Map.prototype;
  t.mock.method(Map.prototype, "set", function (key, value) {
    if (`${key}`.startsWith("key ")) places.add(this);
    return set.call(this, key, value);
  });
  const key = ({ data }) => `key ${data}`;
  const { source, server } = await opened({
    buffer: { limitBytes: room(4), overflow: "latest-by-key", key },
  });
  source.onError(() => {});
  source.events("a");
  for (let n = 0; n < 1000; n++) {
    server.message("a", `${n}`);
    await settle();
  }
  assert.deepEqual([places.size, [...places][0].size <= 26], [1, true]);
});

test("key() gets the event undecoded, and what is replaced is never decoded", async () => {
  const asked = [];
  let decoded = 0;
  const key = (event) => {
    asked.push(event);
    return "all";
  };
  const decode = { a: (text) => `${text} ${++decoded}` };
  const { source, server } = await opened({ decode, buffer: { overflow: "latest-by-key", key } });
  const iterator = source.events("a");
  server.batch(["a", "one", "1"], ["a", "two", "2"]);
  assert.deepEqual(asked, [
    { type: "a", lastEventId: "1", data: "one" },
    { type: "a", lastEventId: "2", data: "two" },
  ]);
  assert.equal((await iterator.next()).value.data, "two 1");
});

test("a key() that throws is reported, and the event type is the key", async (t) => {
  const reported = reports(t);
  const key = ({ data }) => {
    if (data !== "3") throw new Error(`no key for ${data}`);
    return "other";
  };
  const { source, server } = await opened({ buffer: { overflow: "latest-by-key", key } });
  const iterator = source.events("a");
  server.batch(["a", "1"], ["a", "2"], ["a", "3"]);
  source.close();
  assert.deepEqual(
    reported.map(({ message }) => message),
    ["no key for 1", "no key for 2"],
  );
  assert.deepEqual(await rest(iterator), [2, 3]);
});

test("a key() that ends another's subscription harms nobody", async () => {
  let other;
  const key = () => void other?.return();
  const { source, server } = await opened({ buffer: { overflow: "latest-by-key", key } });
  const iterator = source.events("a");
  other = source.events("a");
  server.batch(["a", "1", "1"], ["a", "2", "2"]);
  assert.equal((await iterator.next()).value.data, 2);
  iterator.next();
  await settle();
  assert.equal(source.cursor.processed, "2");
});

test("a key() that closes the source ends the delivery", async () => {
  let source;
  const key = ({ data }) => data === "2" && source.close();
  const all = await opened({ buffer: { overflow: "latest-by-key", key } });
  source = all.source;
  const readers = [source.events("a"), source.events("a")];
  all.server.batch(["a", "1"], ["a", "2"], ["a", "3"]);
  assert.deepEqual(await rest(readers[1]), [1]);
});

test("who leaves is not told what it has lost since", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(1), overflow: "drop-oldest" } });
  const errors = recorded((note) => source.onError(note));
  const iterator = source.events("a");
  server.batch(["a", "1"], ["a", "2"]);
  await settle();
  assert.deepEqual(codes(errors), ["lagged"]);
  server.batch(["a", "3"], ["a", "4"]);
  await settle();
  await iterator.return();
  assert.deepEqual([iterator.dropped, errors.length], [3, 1]);
});

test("each reader has a queue of its own", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(2), overflow: "drop-newest" } });
  source.onError(() => {});
  const [slow, fast] = [source.events("a"), source.events("a")];
  const read = [];
  for (const n of [1, 2, 3, 4]) {
    server.message("a", `${n}`);
    read.push((await fast.next()).value.data);
    await settle();
  }
  assert.deepEqual(read, [1, 2, 3, 4]);
  assert.deepEqual([slow.dropped, fast.dropped, source.stats.dropped], [2, 0, 2]);
  source.close();
  assert.deepEqual(await rest(slow), [1, 2]);
});

test("who leaves does not count what was queued as lost", async () => {
  const { source, server } = await opened();
  const iterator = source.events("a");
  server.batch(["a", "1"], ["a", "2"]);
  await iterator.return();
  assert.deepEqual([iterator.dropped, source.stats.dropped], [0, 0]);
});

for (const overflow of ["drop-oldest", "drop-newest", "latest-by-key", "error"])
  test(`${overflow}: nothing is held back`, async () => {
    const { source, server, engine } = await opened({ buffer: { limitBytes: room(1), overflow } });
    source.events("a");
    server.message("a", "1");
    assert.equal(engine.host.hold(), undefined);
  });

test("error: the source is closed with the reason overflow, and says what to do", async () => {
  const { source, server, states, engine } = await opened({
    buffer: { limitBytes: room(2), overflow: "error" },
  });
  const errors = recorded((note) => source.onError(note));
  source.events("a");
  server.batch(["a", "1"], ["a", "2"]);
  await settle();
  assert.equal(source.state.status, "connecting");
  server.message("a", "3");
  await settle();
  assert.deepEqual([source.state.status, source.state.reason], ["closed", "overflow"]);
  const { cause } = source.state;
  assert.ok(cause instanceof EventSourceError);
  assert.equal(cause.code, "overflow");
  assert.match(
    cause.message,
    /^more than 212 bytes of events wait to be read: read faster, or raise buffer\.limitBytes$/,
  );
  assert.equal(states.length, 1);
  assert.equal(engine.calls.at(-1), "close");
  assert.deepEqual(errors, []);
});

test("error: what was queued comes first, then the cause is thrown, once", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(2), overflow: "error" } });
  const iterator = source.events("a");
  const other = source.events("b");
  server.batch(["a", "1"], ["b", "2"], ["a", "3"], ["a", "4"]);
  await settle();
  server.message("a", "5");
  for (const n of [1, 3, 4]) assert.equal((await iterator.next()).value.data, n);
  await assert.rejects(iterator.next(), { code: "overflow" });
  assert.equal((await iterator.next()).done, true);
  assert.equal((await other.next()).value.data, 2);
  await assert.rejects(other.next(), { code: "overflow" });
  await assert.rejects(source.events("a").next(), { code: "overflow" });
});

test("error: what comes after the closing is given to nobody, and comes again to who goes on from there", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(1), overflow: "error" } });
  const [slow, fast] = [source.events("a"), source.events("a")];
  server.batch(["a", "1", "1"], ["a", "2", "2"]);
  for (const n of [1, 2]) assert.equal((await fast.next()).value.data, n);
  await settle();
  server.message("a", "3", "3");
  await assert.rejects(fast.next(), { code: "overflow" });
  for (const n of [1, 2]) assert.equal((await slow.next()).value.data, n);
  await assert.rejects(slow.next(), { code: "overflow" });
  assert.equal(source.cursor.processed, "2");
  assert.deepEqual([slow.dropped, fast.dropped, source.stats.dropped], [0, 0, 0]);
});

test("error: who reads in time is not closed", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(1), overflow: "error" } });
  const iterator = source.events("a");
  for (const n of [1, 2, 3]) {
    server.message("a", `${n}`);
    assert.equal((await iterator.next()).value.data, n);
  }
  assert.equal(source.state.status, "connecting");
});

test("errors of losses have their code", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(1), overflow: "drop-oldest" } });
  const errors = recorded((note) => source.onError(note));
  source.events("a");
  server.batch(["a", "1"], ["a", "2"]);
  await settle();
  assert.deepEqual(codes(errors), ["lagged"]);
});

for (const overflow of ["auto", ...Object.keys(models), "error"])
  test(`${overflow}: what comes before a reader had a turn is not dropped from it`, async () => {
    const { source, server } = await opened({ buffer: { limitBytes: 1, overflow, key: ({ data }) => data } });
    const iterator = source.events("a");
    server.batch(...Array.from({ length: 5000 }, (_, n) => ["a", `${n}`]));
    source.onError(({ code }) => assert.fail(code));
    for (let n = 0; n < 5000; n++) assert.equal((await iterator.next()).value.data, n);
    await settle();
    assert.equal(source.state.status, "connecting");
  });

test("an event that is larger than the limit is kept", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: 1, overflow: "drop-oldest" } });
  const errors = recorded((note) => source.onError(note));
  const iterator = source.events("a");
  for (const n of [1, 2]) {
    server.message("a", `${n}`);
    await settle();
    // The second event takes the place of the first one, which is told at once.
    assert.equal(errors.length, n - 1);
  }
  assert.equal((await iterator.next()).value.data, 2);
});

test("ids and types count, too", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: 4000, overflow: "drop-oldest" } });
  source.onError(() => {});
  const iterator = source.events();
  for (const n of [1, 2, 3]) server.message("t".repeat(1000), `${n}`, `${n}`.repeat(1000));
  await settle();
  assert.equal(iterator.dropped, 2);
});

test("losses are told at once, and those that follow when the reader comes", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(1), overflow: "drop-oldest" } });
  const told = [];
  source.onError(({ code, dropped }) => told.push([code, dropped]));
  const iterator = source.events("a");
  for (const n of [1, 2, 3, 4]) {
    server.message("a", `${n}`, `${n}`);
    await settle();
  }
  assert.deepEqual(told, [["lagged", 1]]);
  // Nobody knows yet that the second one is lost.
  assert.equal(source.cursor.processed, "1");
  await iterator.next();
  assert.deepEqual(told, [
    ["lagged", 1],
    ["lagged", 2],
  ]);
  assert.equal(source.cursor.processed, "3");
});
