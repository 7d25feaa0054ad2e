/**
 * Random networks, handlers, promises, readers and closing, also inside of handlers: nothing comes twice, nothing that
 * somebody wanted is missing, and the stored id never passes an event that a subscriber did not get or did not finish.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reports } from "./support/fake-engine.mjs";
import { network, settle } from "./support/network.mjs";
import { seeded } from "./support/random.mjs";

const seeds = Math.min(Number(process.env.PROPTEST_CASES || 200), 2000);
const first = Number(process.env.FIRST_SEED || 0);

const types = ["each", "batch", "promise", "read", "twice"];
const typeOf = (id) => types[((id * 2654435761) >>> 8) % types.length];
const idOf = ({ lastEventId }) => Number(lastEventId);
/** What `persist` keeps an id as begins like this. */
const mark = "typed-eventsource 1 ";

/** A server that resumes where it is asked to, sometimes a little before, and is cut anywhere. */
function createServer(net, count, { int, chance }) {
  let served = 0;
  return {
    get isDone() {
      return net.requests[served] === undefined;
    },
    async step() {
      const request = net.requests[served];
      if (!request) return;
      if (request.aborted) {
        served++;
        return;
      }
      if (!request.isAnswered) {
        request.isAnswered = true;
        if (chance(0.1)) {
          served++;
          return request.break();
        }
        await request.answer();
        const asked = Number(request.init.headers["last-event-id"] ?? 0);
        request.next = Math.max(0, chance(0.3) ? asked - int(5) : asked) + 1;
        request.unsent = "";
      }
      let text = request.unsent;
      for (let more = 1 + int(20); more > 0 && request.next <= count; more--) {
        const id = request.next++;
        text += `event: ${typeOf(id)}\nid: ${id}\ndata: d${id}\n\n`;
        if (chance(0.05)) text += ": comment\n\n";
      }
      const cut = chance(0.3) ? int(text.length) : text.length;
      request.unsent = text.slice(cut);
      if (cut) await request.chunk(text.slice(0, cut));
      if (chance(0.08)) {
        served++;
        await (chance(0.5) ? request.end() : request.break());
      }
    },
  };
}

for (let seed = first; seed < first + seeds; seed++)
  test(`seed ${seed}`, async (t) => {
    const random = seeded(seed);
    const { int, chance, one } = random;
    reports(t);
    const net = network(t);
    const stored = new Map();
    const count = 60 + int(200);
    const server = createServer(net, count, random);
    const overflow = one(["auto", "drop-oldest", "drop-newest", "latest-by-key", "backpressure", "error"]);
    const controller = new AbortController();
    const { source } = await net.connect({
      transport: "fetch",
      defaultDecode: "text",
      signal: controller.signal,
      persist: {
        storage: { get: (key) => stored.get(key), set: (key, id) => void stored.set(key, id) },
        key: "k",
      },
      retry: { initialMs: 10, maxMs: 0, stableMs: 0 },
      buffer: { limitBytes: 100 + int(3000), overflow, holdMs: 500 },
      delivery: one(["immediate", "auto", "frame", { everyMs: 5 }]),
    });
    await settle();

    const errors = [];
    source.onError(({ code }) => errors.push(code));
    const isClosed = () => source.state.status === "closed";
    const closesInside = chance(0.5);
    // The event whose handler closed the source.
    let closedBy = 0;
    let batchedUntilClose = new Set();
    /** What a handler may do while it runs. */
    const within = (id) => {
      if (chance(0.02)) source.reconnect();
      if (closesInside && chance(0.01)) {
        closedBy = id;
        if (chance(0.5)) source.close();
        else controller.abort();
        batchedUntilClose = new Set(given.batch);
      }
      if (chance(0.02)) throw new Error("a handler fails");
    };
    const given = { each: [], batch: [], promise: [], read: [], first: [], second: [] };
    // Events that a subscriber was given and did not finish.
    const unfinished = new Set();
    const giving = (to, event, act = within) => {
      const id = idOf(event);
      given[to].push(id);
      unfinished.add(id);
      act(id);
      unfinished.delete(id);
    };
    const promises = [];
    source.on("each", (event) => giving("each", event));
    source.on(
      "batch",
      (events) => {
        for (const event of events) unfinished.add(idOf(event));
        for (const event of events) given.batch.push(idOf(event));
        within(idOf(events[0]));
        for (const event of events) unfinished.delete(idOf(event));
      },
      { batch: true },
    );
    source.on("promise", (event) => {
      const id = idOf(event);
      given.promise.push(id);
      unfinished.add(id);
      return new Promise((resolve, reject) =>
        promises.push(() => {
          if (chance(0.03)) return reject(new Error("a promise is rejected"));
          unfinished.delete(id);
          resolve();
        }),
      );
    });
    source.on("twice", (event) => giving("first", event));
    source.on("twice", (event) => giving("second", event));

    /** Reads until it leaves, by one way or another; events that wait for it then are not its own any more. */
    const left = { from: Infinity };
    const read = async () => {
      const events = source.events("read");
      for await (const event of events) {
        const id = idOf(event);
        given.read.push(id);
        unfinished.add(id);
        while (!isClosed() && chance(0.5)) await new Promise((resolve) => promises.push(resolve));
        if (!chance(0.01)) {
          unfinished.delete(id);
          continue;
        }
        left.from = id + 1;
        if (chance(0.3)) throw new Error("the loop fails");
        if (chance(0.5)) {
          unfinished.delete(id);
          events.done();
        }
        break;
      }
    };
    read().catch(() => {});

    const settleOne = () => promises.splice(int(promises.length), 1)[0]?.();
    const stopAt = chance(0.5) ? 20 + int(400) : Infinity;
    for (let step = 0; step < 3000 && !isClosed() && source.cursor.received !== `${count}`; step++) {
      const what = int(100);
      if (what < 55) await server.step();
      else if (what < 80) await net.clock.advance(int(60));
      else if (what < 95) for (let more = int(6); more > 0; more--) settleOne();
      else if (what < 96) source.reconnect();
      await settle();
      if (step === stopAt) source.close();
    }
    const came = Number(source.cursor.received);
    const wasOpen = !isClosed();
    source.close();
    while (promises.length) settleOne();
    await settle();
    await settle();
    await net.clock.advance(2000);

    for (const [to, ids] of Object.entries(given)) {
      const sorted = [...new Set(ids)].sort((a, b) => a - b);
      assert.deepEqual(ids, sorted, `${to}: each once, and in order`);
    }
    for (let id = 1; id < closedBy; id++)
      if (typeOf(id) === "batch")
        assert.ok(
          batchedUntilClose.has(id),
          `${id} came before ${closedBy}, whose handler closed the source`,
        );
    const passed = Number(stored.get("k")?.slice(mark.length) ?? 0);
    // Told: the cursor has passed over an event that failed.
    if (errors.includes("skipped")) return;
    const has = Object.fromEntries(Object.entries(given).map(([to, ids]) => [to, new Set(ids)]));
    const hasDropped = source.stats.dropped > 0;
    for (let id = 1; id <= count; id++) {
      const type = typeOf(id);
      const all = type === "twice" ? ["first", "second"] : [type];
      const isLoss = type === "read" && hasDropped;
      const hasLeft = type === "read" && id >= left.from;
      for (const to of all) {
        // An open source has given everything that came to everybody who wanted it.
        if (wasOpen && id <= came && type !== "read") assert.ok(has[to].has(id), `${to} ${id} is missing`);
        if (id <= passed && !isLoss && !hasLeft)
          assert.ok(has[to].has(id), `stored ${passed}: ${to} ${id} was not given`);
      }
      if (id <= passed && !hasLeft)
        assert.ok(!unfinished.has(id), `stored ${passed}: ${type} ${id} is not finished`);
    }
  });
