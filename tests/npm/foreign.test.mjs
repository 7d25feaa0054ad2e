/** Objects of the application's own in the place of the platform's: bodies, chunks, promises, ids as long as they may be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { opened, recorded, reports } from "./support/fake-engine.mjs";
import { network, replace, settle } from "./support/network.mjs";

const bytes = new TextEncoder().encode('data: "ü"\n\n');
const padded = new Uint8Array([0, ...bytes, 0]);

for (const [name, chunk] of [
  ["an ArrayBuffer", bytes.buffer.slice(0)],
  ["a DataView of a part", new DataView(padded.buffer, 1, bytes.length)],
  ["a Uint16Array", new Uint16Array(padded.buffer.slice(1, 1 + bytes.length))],
  ["a Buffer", Buffer.from(bytes)],
])
  test(`a chunk that is ${name} is taken by its bytes`, async (t) => {
    const { connect, requests } = network(t);
    const { source } = await connect({ transport: "fetch" });
    const seen = recorded((note) => source.on("message", note));
    await requests[0].answer();
    await requests[0].chunk(chunk);
    assert.deepEqual(
      seen.map(({ data }) => data),
      ["ü"],
    );
  });

for (const chunk of [5, ["x"], { length: 3 }, null])
  test(`a chunk that is no bytes fails the attempt: ${JSON.stringify(chunk)}`, async (t) => {
    const { connect, requests } = network(t);
    const { source, states } = await connect({ transport: "fetch" });
    const seen = recorded((note) => source.on("message", note));
    await requests[0].answer();
    await requests[0].chunk('data: "before"\n\n');
    await requests[0].chunk(chunk);
    await settle();
    assert.equal(seen.length, 1);
    assert.equal(states.at(-1).status, "reconnecting");
    assert.match(states.at(-1).cause.message, /gave a chunk that is no bytes/);
  });

for (const status of [401, 503])
  test(`a refused response whose body never ends is waited for a second: ${status}`, async (t) => {
    const read = () => new Promise(() => {});
    const body = { getReader: () => ({ read, cancel: async () => {} }) };
    const fetch = async () => ({ status, headers: new Headers(), url: "", body });
    const { connect, clock } = network(t);
    const { source, states } = await connect({ fetch, retry: { shouldRetry: () => false } });
    await settle();
    assert.equal(source.state.status, "connecting");
    await clock.advance(1000);
    assert.notEqual(source.state.status, "connecting");
    assert.equal(states.at(-1).cause.status, status);
  });

test("a promise that settles twice finishes one event, and no other", async (t) => {
  reports(t);
  const { source, server } = await opened();
  const twice = Object.assign(Promise.resolve(), {
    // biome-ignore lint/suspicious/noThenProperty: it is what an application may do
    then(fulfilled) {
      fulfilled();
      fulfilled();
    },
  });
  source.on("a", () => new Promise(() => {}));
  source.on("a", () => twice);
  server.message("a", "1", "1");
  await settle();
  assert.equal(source.cursor.processed, "");
});

test("a promise whose then() throws has failed, once", async (t) => {
  reports(t);
  const { source, server } = await opened();
  const errors = recorded((note) => source.onError(note));
  const broken = Object.assign(Promise.resolve(), {
    // biome-ignore lint/suspicious/noThenProperty: it is what an application may do
    then() {
      throw new Error("no");
    },
  });
  source.on("a", () => broken);
  for (let n = 1; n <= 2000; n++) server.message("a", "1", `${n}`);
  await settle();
  assert.equal(source.cursor.processed, "976");
  assert.ok(errors.every(({ code }) => code === "skipped"));
});

test("errors after close() still go to onError", async () => {
  const { source, server } = await opened();
  const codes = recorded((note) => source.onError(({ code }) => note(code)));
  const reader = source.events("a");
  server.batch(["a", "1"], ["a", "{"], ["a", "{"]);
  source.close();
  assert.equal((await reader.next()).value.data, 1);
  assert.equal((await reader.next()).done, true);
  assert.deepEqual(codes, ["decode", "decode"]);
});

test("a long id costs its length when it comes, not again for each event", async (t) => {
  const { connect, requests } = network(t);
  const { source } = await connect({ transport: "fetch", defaultDecode: "text" });
  let got = 0;
  source.on("message", () => got++);
  await requests[0].answer();
  /** Milliseconds that events take: their least of some rounds, since the machine may be busy with others. */
  const cost = async () => {
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      const begin = process.hrtime.bigint();
      await requests[0].chunk("data\n\n".repeat(500));
      for (let n = 0; n < 20; n++) await requests[0].chunk("data\n\n");
      least = Math.min(least, Number(process.hrtime.bigint() - begin) / 1e6);
    }
    return least;
  };
  await requests[0].chunk("id: 1\n\n");
  const short = await cost();
  await requests[0].chunk(`id: ${"x".repeat(15_000_000)}\n\n`);
  const long = await cost();
  assert.equal(got, 2 * 5 * 520);
  // To look at the id for each of them took a hundred times as long.
  assert.ok(long < 10 * short + 20, `${long} ms against ${short} ms`);
});

/** A page's own EventSource, whose events are of no class of the platform's and whose closing throws. */
class Replacement {
  static made = [];
  readyState = 0;
  #listeners = new Map();

  constructor() {
    Replacement.made.push(this);
  }

  // It knows of no options.
  addEventListener(type, listener) {
    this.#listeners.set(type, listener);
  }

  removeEventListener(type) {
    this.#listeners.delete(type);
  }

  tell(type, fields, readyState = 1) {
    this.readyState = readyState;
    this.#listeners.get(type)?.({ type, ...fields });
  }

  close() {
    throw new Error("not today");
  }
}

/** A source over a replacement; `natives` are those that were made. */
async function replaced(t, options) {
  const reported = reports(t);
  const { connect, ...all } = network(t, { native: false });
  Replacement.made = [];
  replace(t, { EventSource: Replacement });
  const { source, states } = await connect({ eventTypes: ["tick"], ...options });
  return { ...all, source, states, reported, natives: Replacement.made };
}

test("an EventSource of the page's own tells the server's events from its own by their data", async (t) => {
  const { source, states, natives, reported } = await replaced(t);
  const events = [];
  for (const type of ["tick", "open", "error"])
    source.on(type, ({ data, lastEventId, origin }) => events.push([type, data, lastEventId, origin]));
  const [it] = natives;
  it.tell("open", {});
  it.tell("error", { data: "1", lastEventId: "a", origin: "http://there" });
  it.tell("open", { data: "2", lastEventId: "b", origin: "http://there" });
  it.tell("tick", { data: "3", lastEventId: 4 });
  // No server sends an event without data.
  it.tell("tick", {});
  it.tell("tick", { data: { parsed: true } });
  assert.deepEqual(events, [
    ["error", 1, "a", "http://there"],
    ["open", 2, "b", "http://there"],
    ["tick", 3, "", "http://there"],
  ]);
  assert.deepEqual(
    states.map(({ status }) => status),
    ["open"],
  );
  it.tell("error", {}, 0);
  assert.equal(states.at(-1).status, "reconnecting");
  assert.deepEqual(reported, []);
});

test("one that cannot say its state is left for fetch, and what it tells later is not heard", async (t) => {
  const { states, source, natives, requests, clock, reported } = await replaced(t);
  const events = [];
  source.on("tick", ({ data }) => events.push(data));
  const [it] = natives;
  it.tell("open", {});
  Object.defineProperty(it, "readyState", {
    set() {},
    get() {
      throw new Error("not today");
    },
  });
  it.tell("error", {});
  assert.equal(states.at(-1).cause.code, "refused");
  await clock.advance(5000);
  assert.equal(requests.length, 1);
  await requests[0].answer();
  it.tell("tick", { data: "1" });
  it.tell("error", {});
  assert.deepEqual(events, []);
  assert.equal(states.at(-1).status, "open");
  source.close();
  assert.deepEqual(reported, []);
});

test("a signal of the application's own closes, and may throw when it is let go of", async (t) => {
  const reported = reports(t);
  const boom = new Error("not today");
  let abort;
  const signal = {
    aborted: false,
    addEventListener(_type, listener) {
      abort = listener;
    },
    removeEventListener() {
      throw boom;
    },
  };
  const { connect, requests } = network(t);
  const { states } = await connect({ transport: "fetch", signal });
  await requests[0].answer();
  abort();
  assert.deepEqual(states.at(-1), { status: "closed", reason: "aborted" });
  assert.equal(requests[0].aborted, true);
  await settle();
  assert.deepEqual(reported, [boom]);
});
