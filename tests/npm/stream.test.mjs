import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSourceError } from "../../npm/modules/base/errors.js";
import { opened, recorded, reports } from "./support/fake-engine.mjs";
import { room, settle } from "./support/network.mjs";

/** Reads to the end. */
async function all(iterator) {
  const values = [];
  for await (const event of iterator) values.push(event.data);
  return values;
}

test("events come in order, from the call on, whether they wait or are waited for", async () => {
  const { source, server } = await opened();
  const iterator = source.events("a", "b", "a");
  server.batch(["a", "1"], ["b", "2"], ["c", "3"]);
  assert.equal((await iterator.next()).value.data, 1);
  assert.equal((await iterator.next()).value.type, "b");
  const waiting = [iterator.next(), iterator.next()];
  server.batch(["b", "4"], ["a", "5"], ["a", "6"]);
  assert.deepEqual(
    (await Promise.all(waiting)).map((result) => result.value.data),
    [4, 5],
  );
  assert.deepEqual((await iterator.next()).done, false);
});

test("without arguments every type comes", async () => {
  const { source, server } = await opened();
  const iterator = source.events();
  server.batch(["a", "1"], ["b", "2"]);
  source.close();
  assert.deepEqual(await all(iterator), [1, 2]);
});

for (const reason of ["closed", "aborted", "no-content", "ended"])
  test(`what is queued comes before the end: ${reason}`, async () => {
    const { source, server } = await opened();
    const iterator = source.events("a");
    const late = source.events("a");
    server.batch(["a", "1"], ["a", "2"]);
    server.state("closed", { reason });
    assert.deepEqual(await all(iterator), [1, 2]);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assert.deepEqual(await all(late), [1, 2]);
    assert.deepEqual(await all(source.events("a")), []);
  });

for (const reason of ["fatal", "refused", "attempts-exhausted", "overflow"])
  test(`what is queued comes before the failure, which is thrown once: ${reason}`, async () => {
    const { source, server } = await opened();
    const iterator = source.events("a");
    server.message("a", "1");
    const cause = new EventSourceError("status", "404", { status: 404 });
    server.state("closed", { reason, cause });
    assert.equal((await iterator.next()).value.data, 1);
    await assert.rejects(iterator.next(), { name: "EventSourceError", code: "status", status: 404 });
    assert.equal((await iterator.next()).done, true);
    await assert.rejects(source.events("a").next(), { code: "status" });
  });

test("readers that wait are told of the end", async () => {
  const { source, server } = await opened();
  const iterator = source.events("a");
  const waiting = [iterator.next(), iterator.next()];
  server.state("closed", { reason: "fatal", cause: new EventSourceError("network", "gone") });
  await assert.rejects(waiting[0], { code: "network" });
  assert.deepEqual(await waiting[1], { done: true, value: undefined });
});

test("leaving the loop unsubscribes", async () => {
  const { source, server, engine } = await opened();
  const iterator = source.events("a", "b");
  server.batch(["a", "1"], ["b", "2"]);
  for await (const event of iterator) {
    assert.equal(event.data, 1);
    break;
  }
  assert.deepEqual(engine.calls, ["start", "listen a", "listen b", "unlisten a", "unlisten b"]);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test("who has left is not told of a later failure", async () => {
  const { source, server } = await opened();
  const iterator = source.events("a");
  await iterator.return();
  server.state("closed", { reason: "fatal", cause: new EventSourceError("network", "gone") });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test("return() ends the wait of a reader", async () => {
  const { source } = await opened();
  const iterator = source.events("a");
  const waiting = iterator.next();
  assert.deepEqual(await iterator.return(), { done: true, value: undefined });
  assert.deepEqual(await waiting, { done: true, value: undefined });
});

test("return(value) gives the value", async () => {
  const { source } = await opened();
  assert.deepEqual(await source.events("a").return(5), { done: true, value: 5 });
});

test("throw() unsubscribes, ends the wait of a reader and is rejected with its error", async () => {
  const { source, server, engine } = await opened();
  const iterator = source.events("a");
  const waiting = [iterator.next(), iterator.next()];
  server.message("a", "1", "1");
  assert.equal((await waiting[0]).value.data, 1);
  const mine = new Error("mine");
  await assert.rejects(iterator.throw(mine), mine);
  assert.deepEqual(await waiting[1], { done: true, value: undefined });
  assert.equal(engine.calls.at(-1), "unlisten a");
  server.message("a", "2", "2");
  assert.equal(source.cursor.processed, "2");
});

test("throw() before anything is read leaves nothing behind", async () => {
  const { source, server } = await opened();
  const mine = new Error("mine");
  await assert.rejects(source.events("a").throw(mine), mine);
  server.batch(["a", "1", "1"], ["a", "2", "2"]);
  assert.equal(source.cursor.processed, "2");
});

test("a slow reader loses the oldest events, and is told how many when it comes back", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(3), overflow: "drop-oldest" } });
  const errors = recorded((note) => source.onError(note));
  const iterator = source.events("a");
  for (let n = 0; n < 7; n++) server.message("a", `${n}`);
  assert.deepEqual(errors, []);
  await settle();
  assert.equal((await iterator.next()).value.data, 4);
  assert.deepEqual(
    errors.map(({ code, dropped }) => [code, dropped]),
    [["lagged", 4]],
  );
  assert.match(errors[0].message, /buffer\.limitBytes is 318/);
  // Around the ring, with and without losses.
  server.batch(["a", "7"], ["a", "8"]);
  await settle();
  source.close();
  assert.equal(errors[1].dropped, 1);
  assert.deepEqual(await all(iterator), [6, 7, 8]);
});

test("4 MiB wait by default, and others than the slow reader lose nothing", async (t) => {
  const reported = reports(t);
  const { source, server } = await opened({ decode: { a: (text) => Number.parseInt(text, 10) } });
  const slow = source.events("a");
  const handled = recorded((note) => source.on("a", note));
  // With a type of one character, 4 KiB each.
  const text = (n) => `${n}`.padEnd(4096 - 101, " ");
  for (let n = 0; n < 1025; n++) server.message("a", text(n));
  const fast = source.events("a");
  server.message("a", text(1025));
  assert.equal(handled.length, 1026);
  await settle();
  assert.equal((await fast.next()).value.data, 1025);
  assert.equal((await slow.next()).value.data, 2);
  assert.deepEqual(
    reported.map((error) => error.dropped),
    [2],
  );
});

test("losses are told before the end", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(1) } });
  const seen = [];
  source.onError((error) => seen.push(error.code));
  source.onState((state) => seen.push(state.status));
  const iterator = source.events("a");
  for (const n of [1, 2, 3]) {
    server.message("a", `${n}`);
    await settle();
  }
  source.close();
  assert.deepEqual(seen, ["lagged", "lagged", "closed"]);
  assert.deepEqual(await all(iterator), [3]);
  assert.equal(seen.length, 3);
});

test("any order of writing and reading is that of a plain queue", async () => {
  // A small generator of its own, so that a failure can be repeated.
  let seed = 1;
  const random = (below) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const { source, server } = await opened({ buffer: { limitBytes: room(5) } });
  let dropped = 0;
  source.onError((error) => {
    dropped += error.dropped;
  });
  const iterator = source.events("a");
  const model = [];
  let lost = 0;
  for (let n = 0; n < 2000; n++) {
    if (random(9) < 5) {
      server.message("a", `${n}`);
      await settle();
      model.push(n);
      if (model.length > 5) {
        model.shift();
        lost++;
      }
    } else if (model.length) assert.equal((await iterator.next()).value.data, model.shift());
  }
  source.close();
  assert.deepEqual(await all(iterator), model);
  assert.equal(dropped, lost);
  assert.ok(lost > 0);
});
