/** Snapshots of a stream, in Node: by the package as it is published, over a fetch of the test's own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { requestKey, streamStore } from "../../dist/store.js";
import { createFeed, until } from "./support/feed.mjs";
import { replace } from "./support/network.mjs";

/** Lets tasks run that are due. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** Frames that are drawn at the test's command. */
function frames(test) {
  const asked = new Map();
  let ids = 0;
  replace(test, {
    requestAnimationFrame(task) {
      asked.set(++ids, task);
      return ids;
    },
    cancelAnimationFrame: (id) => asked.delete(id),
  });
  return {
    get asked() {
      return asked.size;
    },
    draw() {
      const tasks = [...asked.values()];
      asked.clear();
      for (const task of tasks) task(performance.now());
    },
  };
}

/** A store that is subscribed to, with its open connection. `told` are the snapshots that its listener found. */
async function opened(test, options, feed = createFeed(test)) {
  const store = streamStore(feed.url, { fetch: feed.fetch, delivery: "immediate", ...options });
  const told = [];
  const before = feed.requests.length;
  const leave = store.subscribe(() => told.push(store.getSnapshot()));
  test.after(leave);
  const request = await feed.connection(before + 1);
  request.respond();
  await until(() => store.getSnapshot().state.status === "open");
  told.length = 0;
  return { feed, store, told, request, leave, now: () => store.getSnapshot() };
}

const counting = {
  initial: 0,
  reduce: { add: (sum, { data }) => sum + data },
};

test("nothing connects before somebody subscribes, and the first snapshot is a server's", async (t) => {
  const feed = createFeed(t);
  const store = streamStore(feed.url, { fetch: feed.fetch, ...counting });
  assert.equal(store.getSnapshot(), store.getServerSnapshot());
  const { source, latest, ...others } = store.getSnapshot();
  assert.deepEqual(others, {
    state: { status: "connecting", attempt: 1 },
    value: 0,
    recent: [],
    error: undefined,
  });
  assert.deepEqual([source, Object.keys(latest)], [undefined, []]);
  await turn();
  assert.equal(feed.requests.length, 0);
  t.after(store.subscribe(() => {}));
  assert.ok(store.getSnapshot().source);
  await feed.connection();
  assert.equal(store.getServerSnapshot().source, undefined);
});

test("the snapshot itself changes once a frame, and a reducer is called once for each event", async (t) => {
  const drawn = frames(t);
  const seen = [];
  const reduce = {
    add(sum, { data }) {
      seen.push(data);
      return sum + data;
    },
  };
  const { request, told, now } = await opened(t, { initial: 0, reduce, recent: 2 });
  const before = now();
  for (const data of [1, 2, 3]) {
    request.send("add", data);
    await until(() => seen.includes(data));
    assert.equal(now(), before);
  }
  assert.deepEqual([told.length, drawn.asked], [0, 1]);
  drawn.draw();
  assert.equal(told.length, 1);
  assert.equal(now(), told[0]);
  assert.equal(now().value, 6);
  assert.equal(now().latest.add.data, 3);
  assert.deepEqual(
    now().recent.map(({ data }) => data),
    [2, 3],
  );
  drawn.draw();
  assert.equal(told.length, 1);
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a part that did not change is the same object", async (t) => {
  const drawn = frames(t);
  const { request, now } = await opened(t, {
    initial: [],
    reduce: { add: (all, { data }) => [...all, data] },
    recent: 5,
  });
  request.send("add", 1);
  await until(() => drawn.asked);
  drawn.draw();
  const before = now();
  request.send("other", 1);
  await until(() => drawn.asked);
  drawn.draw();
  assert.notEqual(now(), before);
  assert.equal(now().value, before.value);
  assert.equal(now().state, before.state);
  assert.equal(now().latest.add, before.latest.add);
  assert.notEqual(now().latest, before.latest);
});

test("a state does not wait for a frame, and shows the events that came before it", async (t) => {
  const drawn = frames(t);
  const { request, told, now } = await opened(t, counting);
  request.send("add", 1, 2);
  request.end();
  await until(() => now().state.status === "reconnecting");
  assert.equal(now().value, 3);
  assert.deepEqual(
    told.map(({ value, state }) => [value, state.status]),
    [[3, "reconnecting"]],
  );
  assert.equal(drawn.asked, 0);
});

test("an error does not wait for a frame, is told, and goes when a stream is open again", async (t) => {
  const drawn = frames(t);
  const errors = [];
  const { request, now, feed } = await opened(t, {
    onError: ({ code }) => errors.push(code),
    retry: { initialMs: 0, maxMs: 1 },
  });
  request.write("event: add\ndata: {\n\n");
  await until(() => now().error);
  assert.deepEqual([now().error.code, errors, drawn.asked], ["decode", ["decode"], 0]);
  request.end();
  (await feed.connection(2)).respond();
  await until(() => now().state.status === "open");
  assert.equal(now().error, undefined);
});

test("a failure that closes the source is its state and its error, and the next to ask gets a new one", async (t) => {
  const feed = createFeed(t);
  const errors = [];
  const options = { fetch: feed.fetch, onError: ({ code }) => errors.push(code) };
  const store = streamStore(feed.url, options);
  t.after(store.subscribe(() => {}));
  (await feed.connection()).respond(404, {});
  await until(() => store.getSnapshot().state.status === "closed");
  const { error, state, source } = store.getSnapshot();
  assert.deepEqual([error.status, errors], [404, ["status"]]);
  assert.equal(state.cause, error);
  const other = streamStore(feed.url, options);
  t.after(other.subscribe(() => {}));
  assert.notEqual(other.getSnapshot().source, source);
  await feed.connection(2);
});

test("a source that is opened again goes on in its store, and is shared again", async (t) => {
  const feed = createFeed(t);
  const options = { fetch: feed.fetch };
  const store = streamStore(feed.url, options);
  t.after(store.subscribe(() => {}));
  (await feed.connection()).respond(404, {});
  await until(() => store.getSnapshot().state.status === "closed");
  const { source } = store.getSnapshot();
  source.reconnect();
  (await feed.connection(2)).respond();
  await until(() => store.getSnapshot().state.status === "open");
  assert.equal(store.getSnapshot().error, undefined);
  const other = streamStore(feed.url, options);
  t.after(other.subscribe(() => {}));
  assert.equal(other.getSnapshot().source, source);
});

test("a source that is closed in the midst of a delivery is nobody else's", async (t) => {
  const feed = createFeed(t);
  const other = streamStore(feed.url, { fetch: feed.fetch, delivery: "immediate" });
  let seen;
  const reduce = {
    add() {
      const { source } = store.getSnapshot();
      source.close();
      t.after(other.subscribe(() => {}));
      seen = [source, other.getSnapshot().source];
    },
  };
  const { store, request } = await opened(t, { initial: undefined, reduce }, feed);
  request.send("add", 1);
  await until(() => seen);
  assert.notEqual(seen[0], seen[1]);
  await feed.connection(2);
});

test("without frames a timer tells, and in a hidden page one of a second", async (t) => {
  const { request, now } = await opened(t, counting);
  request.send("add", 1);
  await until(() => now().value === 1);
  const drawn = frames(t);
  const start = performance.now();
  request.send("add", 2);
  await until(() => drawn.asked);
  await until(() => now().value === 3);
  assert.ok(performance.now() - start > 900);
  assert.equal(drawn.asked, 0);
});

test("equal requests share a source, also with other reducers", async (t) => {
  const drawn = frames(t);
  const { feed, store, request } = await opened(t, { ...counting, headers: { a: "1", b: "2" } });
  const order = [];
  const other = streamStore(feed.url, {
    headers: { b: "2", a: "1" },
    delivery: "immediate",
    fetch: feed.fetch,
    initial: "",
    reduce: { add: (all, { data }) => all + data },
  });
  t.after(other.subscribe(() => order.push([store.getSnapshot().value, other.getSnapshot().value])));
  t.after(store.subscribe(() => order.push([store.getSnapshot().value, other.getSnapshot().value])));
  assert.equal(other.getSnapshot().source, store.getSnapshot().source);
  assert.equal(other.getSnapshot().state.status, "open");
  request.send("add", 1, 2);
  await until(() => drawn.asked);
  drawn.draw();
  // No listener sees one of them changed and the other not.
  assert.deepEqual(order, [
    [3, "12"],
    [3, "12"],
  ]);
  assert.equal(feed.requests.length, 1);
});

test("a store that joins later knows the latest of each type, and folds what comes from then on", async (t) => {
  const drawn = frames(t);
  const { feed, request } = await opened(t, counting);
  request.send("add", 1);
  await until(() => drawn.asked);
  drawn.draw();
  const late = streamStore(feed.url, { fetch: feed.fetch, delivery: "immediate", ...counting });
  t.after(late.subscribe(() => {}));
  assert.deepEqual([late.getSnapshot().latest.add.data, late.getSnapshot().value], [1, 0]);
});

test("requests differ by URL, options, key and functions, and a key stands for functions", async (t) => {
  const feed = createFeed(t);
  const open = (url, options) => {
    const store = streamStore(url, { fetch: feed.fetch, ...options });
    t.after(store.subscribe(() => {}));
    return store.getSnapshot().source;
  };
  const headers = () => ({});
  const plain = open(feed.url, {});
  for (const [url, options] of [
    [`${feed.url}?other`, {}],
    [feed.url, { headers: { a: "1" } }],
    [feed.url, { key: "a" }],
    [feed.url, { headers }],
    [feed.url, { headers: () => ({}) }],
    [feed.url, { connectTimeoutMs: Infinity }],
    [feed.url, { decode: { a: { "~standard": { version: 1, vendor: "a", validate: () => ({}) } } } }],
  ]) {
    assert.notEqual(open(url, options), plain, JSON.stringify(options));
  }
  for (const options of [{}, { idleMs: undefined }, { recent: 3, ...counting }, { onError() {} }])
    assert.equal(open(feed.url, options), plain);
  assert.equal(open(new URL(feed.url), {}), plain);
  assert.equal(open(feed.url, { headers }), open(feed.url, { headers }));
  assert.equal(
    open(feed.url, { headers: new Headers({ a: "2" }) }),
    open(feed.url, { headers: new Headers({ a: "2" }) }),
  );
  const keyed = () => open(feed.url, { key: "user 1", headers: () => ({}) });
  assert.equal(keyed(), keyed());
});

test("the key null is none", async (t) => {
  assert.equal(requestKey("/a", { key: null }), requestKey("/a", {}));
  const feed = createFeed(t);
  const open = (options) => {
    const store = streamStore(feed.url, { fetch: feed.fetch, key: null, ...options });
    t.after(store.subscribe(() => {}));
    return store.getSnapshot().source;
  };
  assert.equal(open({}), open({ key: undefined }));
  assert.notEqual(open({ headers: () => ({}) }), open({ headers: () => ({}) }));
});

test("a component's request is the same when only its functions are new", () => {
  const key = (options, url = "/a") => requestKey(url, options);
  assert.equal(key({ headers: () => ({}), ...counting }), key({ headers: () => ({ a: "1" }) }));
  assert.notEqual(key({ headers: { a: "1" } }), key({ headers: { a: "2" } }));
  assert.notEqual(key({}), key({}, "/b"));
  assert.equal(requestKey(null), requestKey(undefined, {}));
  const storage = new Map();
  const persisted = () => key({ persist: { key: "a", storage } });
  const before = persisted();
  storage.set("a", "1");
  assert.equal(persisted(), before);
  const once = [["a", "1"]].values();
  key({ headers: once });
  assert.equal([...once].length, 1);
});

test("the source is closed a microtask after nobody listens, and who comes back in that task finds all as it was", async (t) => {
  const drawn = frames(t);
  const { feed, store, leave, request, now } = await opened(t, counting);
  request.send("add", 1);
  await until(() => drawn.asked);
  drawn.draw();
  const { source } = now();
  leave();
  const again = store.subscribe(() => {});
  await turn();
  assert.equal(source.state.status, "open");
  assert.deepEqual([now().value, now().source, feed.requests.length], [1, source, 1]);
  again();
  again();
  assert.equal(source.state.status, "open");
  await Promise.resolve();
  assert.equal(source.state.status, "closed");
  await until(() => feed.open === 0);

  const last = store.subscribe(() => {});
  t.after(last);
  assert.equal(now().state.status, "connecting");
  assert.deepEqual([now().value, Object.keys(now().latest)], [0, []]);
  await feed.connection(2);
});

test("a source is kept while one of its stores is listened to, and leaves no frame behind", async (t) => {
  const drawn = frames(t);
  const { feed, leave, request, now } = await opened(t, counting);
  const other = streamStore(feed.url, { fetch: feed.fetch, delivery: "immediate" });
  const leaveOther = other.subscribe(() => {});
  const { source } = now();
  leave();
  await turn();
  assert.equal(source.state.status, "open");
  request.send("add", 1);
  await until(() => drawn.asked);
  leaveOther();
  await turn();
  assert.deepEqual([source.state.status, drawn.asked], ["closed", 0]);
});

test("a reducer that throws is reported, and keeps nobody from anything", async (t) => {
  const reported = [];
  replace(t, { reportError: (error) => reported.push(error.message) });
  const drawn = frames(t);
  const reduce = {
    add(sum, { data }) {
      if (data === 2) throw new Error("not 2");
      return sum + data;
    },
  };
  const { feed, request, now } = await opened(t, { initial: 0, reduce });
  const other = streamStore(feed.url, { fetch: feed.fetch, delivery: "immediate", ...counting });
  t.after(other.subscribe(() => {}));
  request.send("add", 1, 2, 3);
  await until(() => drawn.asked);
  drawn.draw();
  assert.deepEqual([now().value, other.getSnapshot().value, reported], [4, 6, ["not 2"]]);
});

/** The messages of errors that nobody catches, from now on. */
function uncaughtErrors(test) {
  const uncaught = [];
  const caught = (error) => uncaught.push(error.message);
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", caught);
  test.after(() => {
    process.off("uncaughtException", caught);
    for (const listener of before) process.on("uncaughtException", listener);
  });
  return uncaught;
}

test("a listener that throws is reported, and keeps nobody from being told", async (t) => {
  const uncaught = uncaughtErrors(t);
  const { store, request, told, now } = await opened(t, counting);
  let isBad = true;
  t.after(
    store.subscribe(() => {
      if (isBad) throw new Error("a bad listener");
    }),
  );
  const last = [];
  t.after(store.subscribe(() => last.push(now().value)));
  request.send("add", 1);
  await until(() => now().value === 1 && uncaught.length);
  isBad = false;
  assert.deepEqual([told.length, last, uncaught], [1, [1], ["a bad listener"]]);
});

test("newer options bring newer reducers, for the events to come", async (t) => {
  const { store, request, now } = await opened(t, counting);
  request.send("add", 1);
  await until(() => now().value === 1);
  store.update({ initial: 100, reduce: { add: (sum, { data }) => sum - data } });
  request.send("add", 3);
  await until(() => now().value === -2);
});

test("without a URL nothing is connected to", async (t) => {
  for (const url of [null, undefined]) {
    const store = streamStore(url, counting);
    t.after(store.subscribe(() => assert.fail("nothing changes")));
    await turn();
    assert.equal(store.getSnapshot(), store.getServerSnapshot());
    assert.equal(store.getSnapshot().state.status, "closed");
  }
});

test("a wrong option is told by subscribing, and leaves nothing", () => {
  const store = streamStore("http://127.0.0.1/", { retries: 1 });
  for (let i = 0; i < 2; i++) assert.throws(() => store.subscribe(() => {}), TypeError);
});

test("event types may have any name", async (t) => {
  const { request, now } = await opened(t, { initial: 0, reduce: {} });
  assert.equal(now().latest.constructor, undefined);
  request.send("__proto__", 1);
  request.send("constructor", 2);
  await until(() => now().latest.constructor?.data === 2);
  assert.deepEqual([Object.keys(now().latest), now().value], [["__proto__", "constructor"], 0]);
});

test("a source that cannot be listened to is closed, and told each time", async (t) => {
  const opened = [];
  class EventSource extends EventTarget {
    readyState = 0;
    constructor() {
      super();
      opened.push(this);
    }
    close() {
      this.readyState = 2;
    }
  }
  replace(t, { EventSource });
  const store = streamStore("http://127.0.0.1/no-types", { transport: "eventsource" });
  for (let i = 0; i < 2; i++) assert.throws(() => store.subscribe(() => {}), /eventTypes/);
  await turn();
  assert.deepEqual(
    opened.filter(({ readyState }) => readyState !== 2),
    [],
  );
});

test("the latest events are kept of 1,024 types, and the oldest is forgotten", async (t) => {
  const { request, now } = await opened(t, {});
  const names = Array.from({ length: 1025 }, (_, i) => `type ${i}`);
  for (const name of ["type 0", ...names.slice(1, 1024), "type 0", "type 1024"]) request.send(name, name);
  await until(() => now().latest["type 1024"]);
  assert.equal(Object.keys(now().latest).length, 1024);
  assert.deepEqual([now().latest["type 0"].data, now().latest["type 1"]], ["type 0", undefined]);
});

test("an error after the last has left is reported as uncaught", async (t) => {
  const uncaught = uncaughtErrors(t);
  const storage = {
    getItem: () => null,
    setItem() {
      throw new Error("full");
    },
  };
  const { request, leave, now } = await opened(t, { ...counting, persist: { storage, key: "a" } });
  request.write("event: add\nid: 7\ndata: 1\n\n");
  await until(() => now().value === 1);
  leave();
  await until(() => uncaught.length);
  assert.match(uncaught.join(), /cannot be written/);
});

test("when the last has left, a store is as it was at first", async (t) => {
  const drawn = frames(t);
  const { store, leave, request, now } = await opened(t, { ...counting, recent: 2 });
  request.send("add", 1);
  await until(() => drawn.asked);
  drawn.draw();
  assert.equal(now().value, 1);
  leave();
  await Promise.resolve();
  assert.equal(now(), store.getServerSnapshot());
  // Its source is closed: nothing of the one before comes after that.
  await turn();
  assert.equal(now(), store.getServerSnapshot());
});

test("a listener that another one removes is not called any more", async (t) => {
  const { store, request, now } = await opened(t, counting);
  const called = [];
  t.after(
    store.subscribe(() => {
      called.push("first");
      leaveSecond();
    }),
  );
  const leaveSecond = store.subscribe(() => called.push("second"));
  request.send("add", 1);
  await until(() => now().value === 1);
  assert.deepEqual(called, ["first"]);
});

test("the number of newest events is a whole number, and a lower one takes effect at once", async (t) => {
  for (const recent of [-1, 1.5, NaN, Infinity, "3", null]) {
    const store = streamStore("http://127.0.0.1/", { recent });
    assert.throws(() => store.subscribe(() => {}), { name: "TypeError", message: /^"recent" must be/ });
  }
  const { store, request, now, told } = await opened(t, { ...counting, recent: 3 });
  const shown = () => now().recent.map(({ data }) => data);
  request.send("add", 1, 2, 3);
  await until(() => now().value === 6);
  told.length = 0;
  store.update({ ...counting, recent: 2 });
  assert.deepEqual([shown(), told.length], [[2, 3], 1]);
  assert.throws(() => store.update({ ...counting, recent: -1 }), TypeError);
  store.update(counting);
  assert.deepEqual([shown(), told.length], [[], 2]);
  store.update({ ...counting, recent: 2 });
  assert.equal(told.length, 2);
  request.send("add", 4);
  await until(() => now().value === 10);
  assert.deepEqual(shown(), [4]);
});
