/** `persist`: the processed id is kept where the next page finds it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, opened, recorded } from "./support/fake-engine.mjs";
import { fakeClock, replace, settle } from "./support/network.mjs";
import { kept, key, noting, persisting } from "./support/storage.mjs";

/** A page whose events the test makes. */
function fakePage(t) {
  const page = new EventTarget();
  const listeners = [];
  replace(t, {
    addEventListener(type, ...all) {
      listeners.push(type);
      page.addEventListener(type, ...all);
    },
    removeEventListener(type, ...all) {
      listeners.splice(listeners.indexOf(type), 1);
      page.removeEventListener(type, ...all);
    },
  });
  return { leave: () => page.dispatchEvent(new Event("pagehide")), listeners };
}

test("a new source goes on from what is kept, whatever lastEventId says", async (t) => {
  const { engine, source } = await persisting(t, noting(kept("7")), { lastEventId: "3" });
  assert.equal(engine.settings.lastEventId, "7");
  assert.deepEqual(source.cursor, { received: "7", processed: "7" });
});

test("where nothing is kept lastEventId counts, and that is no error", async (t) => {
  const { engine, errors } = await persisting(t, noting(), { lastEventId: "3" });
  assert.equal(engine.settings.lastEventId, "3");
  assert.deepEqual(errors, []);
});

test("an id that was taken back is kept as none, and goes before lastEventId", async (t) => {
  const { engine } = await persisting(t, noting(kept("")), { lastEventId: "3" });
  assert.equal(engine.settings.lastEventId, "");
});

test("what one source has kept the next one finds", async (t) => {
  const storage = noting();
  const clock = fakeClock(t);
  const one = await opened({ persist: { storage, key } });
  one.server.message("a", "1", "ü 7");
  one.source.close();
  assert.deepEqual(storage.writes, [kept("ü 7")]);
  const two = await opened({ persist: { storage, key } });
  assert.equal(two.engine.settings.lastEventId, "ü 7");
  two.source.close();
  assert.equal(clock.timers, 0);
});

test("what was only read back is not written again", async (t) => {
  const { source, clock, storage } = await persisting(t, noting(kept("7")));
  await clock.advance(1000);
  source.close();
  assert.deepEqual(storage.writes, []);
});

test("what was read back is written where the stream has come back to it", async (t) => {
  const { server, clock, storage } = await persisting(t, noting(kept("7")));
  for (const id of ["8", "7"]) {
    server.message("a", "1", id);
    await clock.advance(250);
  }
  assert.deepEqual(storage.writes, [kept("8"), kept("7")]);
});

test("Web Storage is a storage", async (t) => {
  const map = new Map([[key, kept("7")]]);
  const storage = {
    getItem: (name) => map.get(name) ?? null,
    setItem: (name, text) => void map.set(name, text),
  };
  const { source, engine, server } = await persisting(t, storage);
  assert.equal(engine.settings.lastEventId, "7");
  server.message("a", "1", "8");
  source.close();
  assert.deepEqual([...map], [[key, kept("8")]]);
});

test("Web Storage with nothing in it is one, too", async (t) => {
  const { engine, errors } = await persisting(t, { getItem: () => null, setItem() {} });
  assert.deepEqual([engine.settings.lastEventId, errors], ["", []]);
});

test("a Map is a storage", async (t) => {
  const storage = new Map();
  const { source, server } = await persisting(t, storage);
  server.message("a", "1", "8");
  source.close();
  assert.deepEqual([...storage], [[key, kept("8")]]);
});

test("it is the processed id that is kept, not the received one", async (t) => {
  const { source, server, clock, storage } = await persisting(t);
  let done;
  source.on("a", () => new Promise((resolve) => (done = resolve)));
  server.batch(["b", "1", "1"], ["a", "2", "2"], ["b", "3", "3"]);
  await clock.advance(1000);
  assert.deepEqual(storage.writes, [kept("1")]);
  done();
  await settle();
  await clock.advance(1000);
  assert.deepEqual(storage.writes, [kept("1"), kept("3")]);
});

test("it is written once in 250 ms, the last one then", async (t) => {
  const { server, clock, storage } = await persisting(t);
  server.message("a", "1", "1");
  assert.deepEqual(storage.writes, []);
  await clock.advance(100);
  server.batch(["a", "1", "2"], ["a", "1", "3"]);
  await clock.advance(149);
  assert.deepEqual(storage.writes, []);
  await clock.advance(1);
  assert.deepEqual(storage.writes, [kept("3")]);
  for (let n = 10; n < 110; n++) {
    server.message("a", "1", `${n}`);
    await clock.advance(10);
  }
  await clock.advance(250);
  assert.ok(storage.writes.length <= 6, `${storage.writes.length} writes in 1.25 s`);
  assert.equal(storage.writes.at(-1), kept("109"));
});

test("while nothing comes nothing is written, and no timer is set", async (t) => {
  const { server, clock, storage } = await persisting(t);
  assert.equal(clock.timers, 0);
  server.message("a", "1", "1");
  await clock.advance(5000);
  assert.deepEqual([storage.writes, clock.timers], [[kept("1")], 0]);
});

test("leaving the page writes at once, and only what is new", async (t) => {
  const { leave } = fakePage(t);
  const { server, clock, storage } = await persisting(t);
  leave();
  assert.deepEqual(storage.writes, []);
  server.message("a", "1", "1");
  leave();
  assert.deepEqual([storage.writes, clock.timers], [[kept("1")], 0]);
  leave();
  await clock.advance(1000);
  assert.deepEqual(storage.writes, [kept("1")]);
  // It may come back from the cache.
  server.message("a", "1", "2");
  await clock.advance(250);
  assert.deepEqual(storage.writes, [kept("1"), kept("2")]);
});

test("close() writes at once, and leaves neither timer nor listener", async (t) => {
  const { leave, listeners } = fakePage(t);
  const { source, server, clock, storage } = await persisting(t);
  assert.deepEqual(listeners, ["pagehide"]);
  server.message("a", "1", "1");
  source.close();
  assert.deepEqual([storage.writes, clock.timers, listeners], [[kept("1")], 0, []]);
  leave();
  assert.equal(storage.writes.length, 1);
});

test("a source that fails leaves neither timer nor listener", async (t) => {
  const { listeners } = fakePage(t);
  const { server, clock, storage } = await persisting(t);
  server.message("a", "1", "1");
  server.state("closed", { reason: "fatal" });
  assert.deepEqual([storage.writes, clock.timers, listeners], [[kept("1")], 0, []]);
});

test("what is processed after close() is kept, at once", async (t) => {
  const { source, server, clock, storage } = await persisting(t);
  let done;
  source.on("a", () => new Promise((resolve) => (done = resolve)));
  const reader = source.events("b");
  server.batch(["b", "1", "1"], ["a", "2", "2"]);
  source.close();
  assert.deepEqual(storage.writes, []);
  await reader.next();
  await reader.next();
  assert.deepEqual(storage.writes, [kept("1")]);
  done();
  await settle();
  assert.deepEqual([storage.writes, clock.timers], [[kept("1"), kept("2")], 0]);
});

test("close() within a handler keeps the event of that handler", async (t) => {
  const { source, server, storage } = await persisting(t);
  source.on("a", ({ lastEventId }) => lastEventId === "2" && source.close());
  server.batch(["a", "1", "1"], ["a", "2", "2"], ["a", "3", "3"]);
  assert.equal(storage.map.get(key), kept("2"));
});

test("an id of 4 KiB is kept, a longer one is not, and what is kept stays", async (t) => {
  const { server, clock, storage } = await persisting(t);
  const longest = "ü".repeat(2048);
  server.message("a", "1", longest);
  await clock.advance(250);
  server.message("a", "1", `${longest}.`);
  await clock.advance(250);
  assert.deepEqual(storage.writes, [kept(longest)]);
  server.message("a", "1", "1");
  await clock.advance(250);
  assert.equal(storage.writes.at(-1), kept("1"));
});

test("the engine waits for a storage that answers later", async (t) => {
  let answer;
  const storage = { get: () => new Promise((resolve) => (answer = resolve)), set() {} };
  const all = opened({ persist: { storage, key } });
  while (!answer) await settle();
  answer(kept("7"));
  const { engine, source } = await all;
  t.after(() => source.close());
  assert.equal(engine.settings.lastEventId, "7");
});

test("a storage that never answers is waited for five seconds", async (t) => {
  const clock = fakeClock(t);
  const storage = { get: () => new Promise(() => {}), set() {} };
  const { source, made } = open({ lastEventId: "3", persist: { storage, key } });
  const errors = recorded((note) => source.onError(note));
  await settle();
  await clock.advance(4999);
  assert.equal(made.length, 0);
  await clock.advance(1);
  assert.equal(made[0]?.settings.lastEventId, "3");
  assert.deepEqual(
    errors.map(({ code, cause }) => [code, cause.message]),
    [["persist", "no answer within 5000 ms"]],
  );
  source.close();
  assert.equal(clock.timers, 0);

  const closed = open({ persist: { storage, key } });
  await settle();
  assert.equal(clock.timers, 1);
  closed.source.close();
  assert.equal(clock.timers, 0);
});

test("a storage that answers after close() starts nothing", async (t) => {
  const { listeners } = fakePage(t);
  const clock = fakeClock(t);
  let answer;
  const written = [];
  const storage = {
    get: () => new Promise((resolve) => (answer = resolve)),
    set: (...all) => written.push(all),
  };
  const { source, made } = open({ persist: { storage, key } });
  while (!answer) await settle();
  source.close();
  answer(kept("7"));
  await settle();
  assert.deepEqual([made, written, listeners, clock.timers], [[], [], [], 0]);
  assert.deepEqual(source.cursor, { received: "", processed: "" });
});

test("a source that is aborted from the start asks no storage", async () => {
  const storage = noting();
  const { source } = open({ signal: AbortSignal.abort(), persist: { storage, key } });
  await settle();
  assert.equal(source.state.reason, "aborted");
  assert.deepEqual(storage.calls, []);
});

test("nothing but the id is kept, under this key alone", async (t) => {
  const { source, server, storage } = await persisting(t);
  server.message("a", '{"secret":1}', "7");
  source.close();
  assert.deepEqual([...storage.map], [[key, kept("7")]]);
});
