/** Sources that share a stream, in a world of the test's own: wires that carry at once, and a lock that is passed on. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { EventSourceError } from "../../npm/modules/base/index.js";
import { eventsOf, without } from "../../npm/modules/hub/share/events.js";
import { createLog } from "../../npm/modules/hub/share/log.js";
import { nameOf } from "../../npm/modules/hub/share/name.js";
import { shared } from "../../npm/modules/hub/share/shared.js";
import { createTab } from "../../npm/modules/hub/share/tab.js";
import { settle } from "./support/network.mjs";

/** A batch of events, each with its id, as the wasm would put it out. */
function batchOf(ids, idBefore = "") {
  const events = ids.map((id) => ({ type: "tick", id: String(id), raw: `{"n":${id}}` }));
  const names = events.map(({ id }, place) => `${place ? "" : "tick\r"}${id}\r`).join("");
  const data = events.map(({ raw }) => `${raw}\r,`).join("");
  const numbers = Uint32Array.from(
    events.flatMap(({ raw }, at) => [at, at ? 0 : 1, 1, (raw.length << 1) | 1]),
  );
  const wanted = { names, data, numbers, size: names.length + data.length };
  const lastEventId = events.at(-1)?.id ?? idBefore;
  const count = events.length;
  return {
    wanted,
    others: undefined,
    count,
    isPart: false,
    origin: "",
    idBefore,
    lastEventId,
    resumedFrom: "",
  };
}
const idsOf = (batch) => eventsOf(batch).map(({ id }) => Number(id));

/** Wires, a lock and engines. */
function place() {
  const wires = new Set();
  const queue = [];
  const engines = [];
  const isHidden = false;
  const pass = () => {
    const next = queue[0];
    if (!next || next.isHeld) return;
    next.isHeld = true;
    queueMicrotask(() => queue.includes(next) && next.held());
  };
  const leave = (entry) => {
    const at = queue.indexOf(entry);
    if (at >= 0) queue.splice(at, 1);
    pass();
  };
  const world = {
    open(name) {
      const wire = { name, hear: () => {} };
      wires.add(wire);
      return {
        post(message) {
          const copy = structuredClone(message);
          for (const other of wires)
            if (other !== wire && other.name === name)
              queueMicrotask(() => wires.has(other) && other.hear(structuredClone(copy)));
        },
        listen(hear) {
          wire.hear = hear;
        },
        close: () => wires.delete(wire),
      };
    },
    lock(_, isForced, held, lost) {
      const entry = { held, lost, isHeld: false };
      if (isForced) {
        const [old] = queue;
        if (old?.isHeld) {
          queue.shift();
          old.lost(new Error("stolen"));
        }
        queue.unshift(entry);
      } else queue.push(entry);
      pass();
      return () => leave(entry);
    },
    waiting: async () => queue.filter(({ isHeld }) => !isHeld).length,
    isHidden: () => isHidden,
    watch: () => () => {},
  };
  const tab = (lastEventId = "", more = {}) => {
    const seen = { ids: [], states: [], gaps: [], stats: { attempts: 0, opened: 0, replays: 0 } };
    const host = {
      stats: seen.stats,
      batch: (batch) => seen.ids.push(...idsOf(batch)),
      changed: (state) => seen.states.push(state),
      gap: (...gap) => seen.gaps.push(gap),
      ...more,
    };
    const open = (host, lastEventId) => {
      const engine = { host, lastEventId, isClosed: false, listen() {}, start() {} };
      engine.close = () => {
        engine.isClosed = true;
      };
      engine.reconnect = () => {
        engine.reconnected = true;
      };
      engine.gives = (...ids) => host.batch(batchOf(ids, engine.lastEventId));
      engines.push(engine);
      return engine;
    };
    const source = createTab(host, lastEventId, {
      ...{ world, name: "n", Failure: EventSourceError, open, dropsReplays: true, pauses: false },
      refused: assert.fail,
    });
    source.start();
    return { ...source, seen };
  };
  const open = { status: "open", transport: "fetch", resumedFrom: "" };
  return { tab, engines, open, live: () => engines.filter(({ isClosed }) => !isClosed) };
}
/** Until all that was said has been heard. */
const quiet = async () => {
  for (let times = 0; times < 10; times++) await settle();
};

describe("batches and the log", () => {
  test("a batch without its first events has the others, with their ids and types", () => {
    const batch = batchOf([1, 2, 3, 4]);
    for (let first = 0; first <= 4; first++) {
      const rest = without(batch, first);
      assert.deepEqual(eventsOf(rest), eventsOf(batch).slice(first));
      assert.equal(rest.count, 4 - first);
      assert.equal(rest.idBefore, first ? String(first) : "");
    }
  });

  test("a log gives what came after a number, and after an id, also in the midst of a batch", () => {
    const log = createLog({ epoch: 1, number: 0, id: "" }, () => false);
    log.push({ epoch: 1, number: 1, said: ["batch", batchOf([1, 2])] });
    log.push({ epoch: 2, number: 2, said: ["batch", batchOf([3, 4, 5])] });
    const ids = (part) => part?.frames.flatMap(({ said }) => idsOf(said[1]));
    assert.deepEqual(log.end, { epoch: 2, number: 2, id: "5" });
    assert.deepEqual(ids(log.after({ epoch: 1, number: 1 })), [3, 4, 5]);
    assert.equal(log.after({ epoch: 2, number: 1 }), undefined);
    assert.deepEqual(ids(log.afterId("3")), [4, 5]);
    assert.deepEqual(ids(log.afterId("2")), [3, 4, 5]);
    assert.deepEqual(ids(log.afterId("5")), []);
    assert.deepEqual(ids(log.afterId("")), [1, 2, 3, 4, 5]);
    assert.equal(log.afterId("9"), undefined);
  });

  test("a log is bounded, but for what is still needed", () => {
    let kept = Number.POSITIVE_INFINITY;
    const log = createLog({ epoch: 1, number: 0, id: "" }, ({ number }) => number >= kept);
    const fill = (from, to) => {
      for (let number = from; number <= to; number++) {
        const batch = batchOf([number]);
        batch.wanted.data = "x".repeat(100_000);
        log.push({ epoch: 1, number, said: ["batch", batch] });
      }
    };
    fill(1, 100);
    assert.ok(log.frames.length < 25);
    assert.equal(log.base.id, String(100 - log.frames.length));
    kept = 90;
    fill(101, 200);
    assert.equal(log.frames.length, 200 - 89);
  });
});

describe("sources that share", () => {
  test("all get what one connection brings, from when they came", async () => {
    const { tab, engines, open } = place();
    const first = tab();
    await quiet();
    assert.equal(first.seen.stats.owner, "this");
    engines[0].host.changed(open);
    engines[0].gives(1, 2);
    const second = tab();
    await quiet();
    assert.deepEqual(second.seen.states, [open]);
    assert.equal(second.seen.stats.owner, "other");
    engines[0].gives(3);
    await quiet();
    assert.deepEqual([first.seen.ids, second.seen.ids], [[1, 2, 3], [3]]);
    assert.equal(engines.length, 1);
    second.reconnect();
    await quiet();
    assert.ok(engines[0].reconnected);
  });

  test("one that comes with an id gets the rest from the log, and later ones", async () => {
    const { tab, engines } = place();
    tab();
    await quiet();
    engines[0].gives(1, 2, 3);
    const late = tab("2");
    await quiet();
    engines[0].gives(4);
    await quiet();
    assert.deepEqual(late.seen.ids, [3, 4]);
    assert.equal(engines.length, 1);
  });

  test("when the owner goes, another one goes on from the newest event, and drops what is told again", async () => {
    const { tab, engines, live } = place();
    const first = tab();
    await quiet();
    const [second, third] = [tab(), tab()];
    await quiet();
    engines[0].gives(1, 2);
    await quiet();
    first.close();
    await quiet();
    assert.equal(live().length, 1);
    const [engine] = live();
    assert.equal(engine.lastEventId, "2");
    assert.equal(second.seen.states.at(-1).status, "reconnecting");
    engine.host.batch({ ...batchOf([2, 3, 4], "1") });
    await quiet();
    assert.deepEqual(
      [second.seen.ids, third.seen.ids],
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
    );
    assert.equal(second.seen.stats.replays, 1);
    second.close();
    third.close();
    assert.equal(live().length, 0);
  });

  test("one whose id is unknown has a connection of its own until that meets the others'", async () => {
    const { tab, engines, live } = place();
    tab("10");
    await quiet();
    engines[0].gives(11, 12);
    const late = tab("3");
    await quiet();
    const [, own] = engines;
    assert.equal(own.lastEventId, "3");
    own.gives(4, 5);
    engines[0].gives(13);
    await quiet();
    assert.deepEqual(late.seen.ids, [4, 5]);
    own.gives(...Array.from({ length: 8 }, (_, place) => place + 6));
    await quiet();
    assert.deepEqual(late.seen.ids, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    assert.equal(live().length, 1);
    engines[0].gives(14);
    await quiet();
    assert.equal(late.seen.ids.at(-1), 14);
  });

  test("one that is ahead of the others waits for them, and gets nothing twice", async () => {
    const { tab, engines, live } = place();
    tab("10");
    await quiet();
    const late = tab("3");
    await quiet();
    // Its own connection was quicker with 11 and 12.
    engines[1].gives(4, 5, 6, 7, 8, 9, 11, 12);
    await quiet();
    engines[0].gives(11);
    await quiet();
    assert.equal(live().length, 1);
    engines[0].gives(12, 13);
    await quiet();
    assert.deepEqual(late.seen.ids.slice(-3), [11, 12, 13]);
  });

  test("one that is slow holds up nobody, and gets the rest when it goes on", async () => {
    const { tab, engines } = place();
    const first = tab();
    await quiet();
    let goOn;
    const slow = tab("", { hold: () => new Promise((resolve) => (goOn = resolve)) });
    await quiet();
    engines[0].gives(1);
    engines[0].gives(2);
    await quiet();
    assert.deepEqual([first.seen.ids, slow.seen.ids], [[1, 2], [1]]);
    goOn();
    await quiet();
    assert.deepEqual(slow.seen.ids, [1, 2]);
  });

  test("the end of the stream is that of all, and nobody begins it again", async () => {
    const { tab, engines } = place();
    const all = [tab(), tab()];
    await quiet();
    engines[0].host.changed({ status: "closed", reason: "no-content" });
    await quiet();
    for (const { seen } of all) assert.equal(seen.states.at(-1).reason, "no-content");
    assert.equal(engines.length, 1);
  });
});

describe("a browser that cannot share", () => {
  /** An engine that wants to share, in a world; what became of it. */
  const alone = async (world) => {
    const seen = { calls: [] };
    const create = (_host, url) => ({
      start: () => seen.calls.push(`start ${url}`),
      listen: (...what) => seen.calls.push(what),
      reconnect: () => seen.calls.push("reconnect"),
      close: () => seen.calls.push("close"),
    });
    const host = { stats: { engine: "page" }, batch() {}, changed: assert.fail };
    const headersOf = (init) => new Headers(init);
    const settings = { method: "GET", lastEventId: "", hidden: "keep" };
    const engine = shared(
      create,
      true,
      { headersOf, EventSourceError },
      world,
    )(host, "https://a.test/", settings);
    engine.listen("tick", true);
    engine.start();
    await quiet();
    // The name is a hash, which another thread makes.
    for (let times = 0; times < 100 && !seen.calls.length; times++) await pause(10);
    engine.listen("tock", true);
    engine.reconnect();
    engine.close();
    assert.deepEqual(seen.calls, [
      ["tick", true],
      "start https://a.test/",
      ["tock", true],
      "reconnect",
      "close",
    ]);
    assert.deepEqual(host.stats, { engine: "page", owner: "this" });
  };
  const nothing = { open: () => ({ post() {}, listen() {}, close() {} }), watch: () => () => {} };
  const still = { waiting: async () => 0, isHidden: () => false };

  test("has a connection for each source where there are no locks or channels", () => alone(undefined));

  test("has one where the lock is refused", () =>
    alone({
      ...nothing,
      ...still,
      lock(_name, _isForced, _held, lost) {
        setTimeout(() => lost(new Error("no locks here")));
        return () => {};
      },
    }));

  test("has one where channels are refused", () =>
    alone({
      ...nothing,
      ...still,
      open() {
        throw new Error("no channels here");
      },
      lock: () => () => {},
    }));
});

describe("the name of a stream", () => {
  const settings = { method: "GET", headers: undefined, body: undefined, gapHeader: [] };
  const headersOf = (init) => new Headers(init);
  const named = (more, url = "https://a.test/", key = undefined) =>
    nameOf(url, { ...settings, ...more }, key, headersOf);

  test("is the same for the same, and another one for another URL, identity, body or key", async () => {
    const all = await Promise.all([
      named({}),
      named({}, "https://b.test/"),
      named({ headers: { authorization: "a" } }),
      named({ headers: { authorization: "b" } }),
      named({ headers: () => ({}) }, undefined, "a"),
      named({ headers: () => ({}) }, undefined, "b"),
      named({ withCredentials: true }),
      named({ body: "a" }),
      named({ body: "b" }),
    ]);
    assert.equal(new Set(all).size, all.length);
    assert.equal(await named({ headers: { a: "1" } }), await named({ headers: new Headers({ A: "1" }) }));
    assert.ok(all.every((name) => !name.includes("authorization")));
  });

  test("has the package's version in it", async () => {
    const source = await readFile(new URL("../../npm/src/hub/share/name.ts", import.meta.url), "utf8");
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    assert.equal(/const version = "(.*)";/.exec(source)[1], version);
  });
});
