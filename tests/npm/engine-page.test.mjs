/** What befalls the page, and what becomes of its connections. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { network } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";

const url = "https://example.com/stream";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const statuses = (states) => states.map(({ status }) => status);

/** The same of both transports: how a stream is opened, speaks and breaks, and what was asked for. */
const transports = {
  fetch: ({ requests }) => ({
    options: { transport: "fetch", retry },
    asked: () => requests.map(({ init }) => init.headers["last-event-id"] ?? ""),
    isAlive: (n) => !requests[n].aborted,
    open: (n) => requests[n].answer(),
    send: (n, id) => requests[n].chunk(`event: a\nid: ${id}\ndata: 1\n\n`),
    lose: (n) => requests[n].break(),
  }),
  eventsource: ({ natives }) => ({
    options: { transport: "eventsource", retry, eventTypes: ["a"], heartbeatEvent: "beat" },
    asked: () => natives.map(({ url }) => new URL(url).searchParams.get("lastEventId") ?? ""),
    isAlive: (n) => natives[n].readyState !== 2,
    open: async (n) => natives[n].open(),
    send: async (n, id) => natives[n].send("a", "1", id),
    lose: async (n) => natives[n].lose(),
  }),
};

/** Defines a test for each transport. */
const each = (name, define) => {
  for (const [transport, of] of Object.entries(transports))
    test(`${name}: ${transport}`, async (t) => {
      const all = network(t);
      await define(t, { ...all, ...of(all) });
    });
};

describe("offline", () => {
  /** The longest wait is 31 s: the reconnection time, and the longest random part. */
  const retry = { initialMs: 1000, maxMs: 30_000 };

  each(
    "after a failure the next attempt waits until the browser is online",
    async (t, { connect, clock, options, ...net }) => {
      const page = fakePage(t);
      const { states } = await connect({ ...options, retry }, url);
      await net.open(0);
      await net.send(0, "7");
      page.offline();
      assert.deepEqual(statuses(states), ["open"]);
      assert.ok(net.isAlive(0), "it may be one of this network");
      await net.lose(0);
      assert.deepEqual(states.at(-1), { status: "paused", why: "offline" });
      await clock.advance(30_000);
      assert.equal(net.asked().length, 1);
      page.online();
      const { status, attempt, waitMs, cause } = states.at(-1);
      assert.deepEqual([status, attempt, cause.code], ["reconnecting", 2, "offline"]);
      assert.match(cause.message, /offline/);
      assert.ok(waitMs <= 500, `${waitMs}`);
      await clock.advance(500);
      assert.deepEqual(net.asked(), ["", "7"]);
    },
  );

  each(
    "a browser that is wrong is not waited for any longer",
    async (t, { connect, clock, options, ...net }) => {
      const page = fakePage(t);
      const { states } = await connect({ ...options, retry }, url);
      await net.open(0);
      await net.lose(0);
      page.offline();
      assert.equal(statuses(states).at(-1), "paused");
      await clock.advance(30_000);
      assert.equal(net.asked().length, 1);
      await clock.advance(1000);
      assert.equal(net.asked().length, 2);
      await net.open(1);
      assert.equal(statuses(states).at(-1), "open");
    },
  );

  each(
    "what the browser says is ignored where that is asked for",
    async (t, { connect, clock, options, ...net }) => {
      const page = fakePage(t, { online: false });
      const { states } = await connect({ ...options, offline: "ignore" }, url);
      await net.open(0);
      page.offline();
      await net.lose(0);
      assert.equal(states.at(-1).waitMs, 1000);
      page.offline();
      await clock.advance(1000);
      assert.equal(net.asked().length, 2);
      page.online();
      assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting"]);
    },
  );

  each("the first attempt is made whatever the browser says", async (t, { connect, options, ...net }) => {
    const page = fakePage(t, { online: false });
    const { states } = await connect(options, url);
    assert.equal(net.asked().length, 1);
    await net.open(0);
    assert.deepEqual(statuses(states), ["open"]);
    page.online();
    assert.deepEqual(statuses(states), ["open"]);
  });

  for (const [host, isLocal] of [
    ["localhost", true],
    ["app.localhost", true],
    ["127.0.0.1:81", true],
    ["127.1", true],
    ["[::1]:81", true],
    ["localhost.example.com", false],
    ["notlocalhost", false],
    ["127.0.0.1.example.com", false],
    ["192.168.127.1", false],
  ])
    test(`the network matters to a server at ${host}: ${!isLocal}`, async (t) => {
      const { connect, requests } = network(t);
      fakePage(t, { online: false });
      const { states } = await connect({ transport: "fetch" }, `http://${host}/stream`);
      await requests[0].break();
      assert.equal(states.at(-1).status, isLocal ? "reconnecting" : "paused");
    });
});

describe("hidden", () => {
  each("a stream is kept, however often and long", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t, { hidden: true });
    const { states } = await connect(options, url);
    await net.open(0);
    for (let n = 0; n < 3; n++) {
      page.show();
      await clock.advance(60_000);
      page.hide();
      await clock.advance(600_000);
    }
    assert.deepEqual(statuses(states), ["open"]);
    assert.ok(net.isAlive(0));
  });

  each("one that is to pause does, and resumes", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t);
    const { states } = await connect({ ...options, hidden: "pause" }, url);
    await net.open(0);
    await net.send(0, "7");
    page.hide();
    assert.deepEqual(states.at(-1), { status: "paused", why: "hidden" });
    assert.equal(net.isAlive(0), false);
    await clock.advance(1e6);
    assert.equal(net.asked().length, 1);
    page.show();
    assert.equal(states.at(-1).cause.code, "wake");
    await clock.advance(500);
    assert.deepEqual(net.asked(), ["", "7"]);
  });

  each("one that is to pause does not begin unseen", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t, { hidden: true });
    const { states } = await connect({ ...options, hidden: "pause" }, url);
    await clock.advance(1e6);
    assert.deepEqual(states, [{ status: "paused", why: "hidden" }]);
    page.show();
    await clock.advance(500);
    assert.equal(net.asked().length, 1);
  });

  test("what may not be repeated is kept in any case", async (t) => {
    const { connect, requests, clock } = network(t);
    const page = fakePage(t);
    const { states } = await connect({ method: "POST", hidden: "pause" }, url);
    await requests[0].answer();
    page.hide();
    page.leave(true);
    page.comeBack(true);
    page.show();
    page.resume();
    await clock.advance(1e6);
    assert.deepEqual(statuses(states), ["open"]);
    assert.equal(requests[0].aborted, false);
  });
});

describe("the back/forward cache", () => {
  each(
    "a page there has no connection, and gets one back",
    async (t, { connect, clock, options, ...net }) => {
      const page = fakePage(t);
      const { states } = await connect(options, url);
      await net.open(0);
      await net.send(0, "7");
      page.leave(true);
      page.hide();
      assert.deepEqual(states.at(-1), { status: "paused", why: "hidden" });
      assert.equal(net.isAlive(0), false);
      clock.freeze(1e6);
      page.show();
      page.comeBack(true);
      await clock.advance(500);
      assert.deepEqual(net.asked(), ["", "7"]);
      // It was opened after the sleep, which says nothing against it.
      await net.open(1);
      await clock.advance(1e6);
      assert.equal(states.at(-1).status, "open");
    },
  );

  test("a page that comes for the first time, or goes for good, is none of its", async (t) => {
    const { connect, requests } = network(t);
    const page = fakePage(t);
    const { states } = await connect({ transport: "fetch" }, url);
    await requests[0].answer();
    page.comeBack(false);
    page.leave(false);
    assert.deepEqual(statuses(states), ["open"]);
    page.hide();
    const unseen = await connect({ transport: "fetch", hidden: "pause" }, url);
    page.comeBack(false);
    assert.deepEqual(unseen.states, [{ status: "paused", why: "hidden" }]);
  });
});

describe("sleep", () => {
  /** What makes a page wake up. */
  const wakes = {
    "the clock": async (_, clock) => {
      clock.sleep(5000);
      await clock.advance(250);
    },
    "the event resume": async (page, clock) => {
      clock.freeze(60_000);
      page.resume();
    },
  };

  for (const [by, wake] of Object.entries(wakes)) {
    each(`a silent stream is replaced within two seconds, by ${by}`, async (t, all) => {
      const { connect, clock, options, ...net } = all;
      const page = fakePage(t);
      const { states } = await connect(options, url);
      await net.open(0);
      await net.send(0, "7");
      await clock.advance(10_000);
      await wake(page, clock);
      // What waited in a queue proves nothing.
      await net.send(0, "8");
      await clock.advance(999);
      assert.deepEqual(statuses(states), ["open"]);
      await clock.advance(501);
      assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting"]);
      const { attempt, cause } = states[1];
      assert.deepEqual([attempt, cause.code], [1, "wake"]);
      assert.match(cause.message, /woke up/);
      assert.deepEqual(net.asked(), ["", "8"]);
      // What is opened from here on is not in doubt.
      await net.open(1);
      await clock.advance(1e6);
      assert.equal(states.at(-1).status, "open");
    });

    each(`a stream that speaks is kept, after ${by}`, async (t, { connect, clock, options, ...net }) => {
      const page = fakePage(t);
      const { states } = await connect(options, url);
      await net.open(0);
      await clock.advance(10_000);
      await wake(page, clock);
      await clock.advance(990);
      await net.send(0, "1");
      await clock.advance(1e6);
      assert.deepEqual(statuses(states), ["open"]);
    });

    each(`a stream found broken is replaced soon, after ${by}`, async (t, all) => {
      const { connect, clock, options, ...net } = all;
      const page = fakePage(t);
      const { states } = await connect({ ...options, retry: { ...retry, initialMs: 60_000 } }, url);
      await net.open(0);
      await wake(page, clock);
      await net.lose(0);
      assert.ok(states.at(-1).waitMs <= 500, `${states.at(-1).waitMs}`);
      await clock.advance(500);
      await net.open(1);
      await clock.advance(1e6);
      assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting", "open"]);
    });
  }

  each("who hears first of a loss and of the sleep decides what is told", async (t, all) => {
    const { connect, clock, options, ...net } = all;
    const page = fakePage(t);
    const told = async (n, ...happens) => {
      const { source, states } = await connect({ ...options, retry: { ...retry, initialMs: 60_000 } }, url);
      await net.open(n);
      for (const happen of happens) await happen(n);
      await clock.advance(1500);
      source.close();
      return states.map(({ status, cause }) => [status, cause?.code ?? ""].join(" ").trim());
    };
    const wake = async () => page.resume();
    // The wait that the loss began is cut short, which is a change of its own.
    assert.deepEqual(await told(0, net.lose, wake), [
      ...["open", "reconnecting network", "reconnecting wake", "connecting"],
      "closed",
    ]);
    // The wait that the loss begins is short already.
    assert.deepEqual(await told(2, wake, net.lose), [
      ...["open", "reconnecting network", "connecting"],
      "closed",
    ]);
    // Nobody hears of the loss: the stream does not show that it lives.
    assert.deepEqual(await told(4, wake), ["open", "reconnecting wake", "connecting", "closed"]);
  });

  each("a planned attempt is made soon", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t);
    await connect({ ...options, retry: { ...retry, initialMs: 60_000 } }, url);
    await net.open(0);
    await net.lose(0);
    page.resume();
    await clock.advance(500);
    assert.equal(net.asked().length, 2);
  });

  each("an attempt under way goes on", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t);
    const { states } = await connect(options, url);
    clock.freeze(20_000);
    page.resume();
    await net.open(0);
    await clock.advance(1e6);
    assert.deepEqual(statuses(states), ["open"]);
  });

  test("the browser is not left to reconnect in its own time", async (t) => {
    const { connect, natives, clock } = network(t);
    const page = fakePage(t);
    const { states } = await connect({ transport: "eventsource", eventTypes: ["a"] }, url);
    natives[0].open();
    page.resume();
    natives[0].lose();
    assert.ok(states.at(-1).waitMs <= 500);
    await clock.advance(500);
    assert.equal(natives.length, 2);
  });

  test("shouldRetry has a word on a silent stream", async (t) => {
    const { connect, requests, clock } = network(t);
    const page = fakePage(t);
    const shouldRetry = ({ retryable, cause }) => {
      assert.deepEqual([retryable, cause.code], [true, "wake"]);
      return false;
    };
    const { states } = await connect({ transport: "fetch", retry: { shouldRetry } }, url);
    await requests[0].answer();
    page.resume();
    await clock.advance(1000);
    assert.deepEqual([states.at(-1).reason, states.at(-1).cause.code], ["fatal", "wake"]);
  });

  each("late timers are no sleep", async (t, { connect, clock, options, ...net }) => {
    const page = fakePage(t);
    const { states } = await connect(options, url);
    await net.open(0);
    const pass = async (ms) => {
      clock.sleep(ms - 250);
      await clock.advance(250);
    };
    await pass(4900);
    // Set back, by hand or by a time server.
    await pass(-1e7);
    page.hide();
    for (let n = 0; n < 10; n++) await pass(60_000);
    clock.sleep(60_000);
    page.show();
    await pass(4900);
    await clock.advance(1e5);
    assert.deepEqual(statuses(states), ["open"]);
    page.hide();
    clock.sleep(90_000);
    page.show();
    await clock.advance(1000);
    assert.equal(states.at(-1).cause.code, "wake");
  });

  each("what was not heard during sleep is no silence", async (t, { connect, clock, options, ...net }) => {
    fakePage(t);
    // Sooner than the clock is looked at.
    const { states } = await connect({ ...options, idleMs: 100 }, url);
    await net.open(0);
    clock.freeze(60_000);
    await clock.advance(500);
    await net.send(0, "1");
    await clock.advance(99);
    assert.deepEqual(statuses(states), ["open"]);
    await clock.advance(1000);
    assert.equal(states[1].cause.code, "idle");
  });
});

describe("what it costs", () => {
  test("all sources share what watches the page, and nothing of it is left after the last", async (t) => {
    const { connect, requests, clock } = network(t);
    const page = fakePage(t);
    const options = { transport: "fetch", retry };
    const one = await connect(options, url);
    const { listeners } = page;
    assert.ok(listeners > 0);
    // The clock's, and the attempt's.
    assert.equal(clock.timers, 2);
    const two = await connect(options, url);
    assert.deepEqual([page.listeners, clock.timers], [listeners, 3]);
    one.source.close();
    one.source.close();
    assert.deepEqual([page.listeners, clock.timers], [listeners, 2]);
    page.offline();
    page.leave(true);
    assert.deepEqual(statuses(two.states), ["paused"]);
    two.source.close();
    assert.deepEqual([page.listeners, clock.timers], [0, 0]);
    page.comeBack(true);
    page.online();

    // Whatever ends them.
    const refused = await connect(options, url);
    assert.equal(page.listeners, listeners);
    await requests.at(-1).answer({ status: 404 });
    assert.equal(refused.states.at(-1).status, "closed");
    const controller = new AbortController();
    await connect({ ...options, signal: controller.signal }, url);
    controller.abort();
    assert.deepEqual([page.listeners, clock.timers], [0, 0]);
  });

  test("a handler may close any source and open others", async (t) => {
    const { connect, requests, clock } = network(t);
    const page = fakePage(t);
    const all = [];
    for (let n = 0; n < 3; n++) all.push(await connect({ transport: "fetch" }, url));
    all[0].source.onState(() => {
      for (const { source } of all) source.close();
    });
    page.leave(true);
    assert.deepEqual(statuses(all[0].states), ["paused", "closed"]);
    assert.deepEqual(statuses(all[1].states), ["closed"]);
    assert.deepEqual([page.listeners, clock.timers], [0, 0]);
    await connect({ transport: "fetch" }, url);
    assert.equal(requests.length, 4);
  });

  test("a worker has no document, and is watched too", async (t) => {
    const { connect, requests, clock } = network(t);
    const page = fakePage(t, { isWorker: true, hidden: true });
    const { source, states } = await connect({ transport: "fetch", hidden: "pause" }, url);
    await requests[0].answer();
    clock.sleep(5000);
    await clock.advance(1250);
    assert.equal(states.at(-1).cause.code, "wake");
    page.offline();
    assert.equal(states.at(-1).status, "paused");
    source.close();
    assert.deepEqual([page.listeners, clock.timers], [0, 0]);
  });

  test("an event over the browser's EventSource is told to the wasm only where something is due", async (t) => {
    const { connect, natives, exports, clock } = network(t);
    const page = fakePage(t);
    let calls = 0;
    const { tell } = exports;
    exports.tell = (...all) => {
      calls++;
      tell(...all);
    };
    const callsOf = (native, type) => {
      calls = 0;
      for (let n = 0; n < 100; n++) native.send(type, "1");
      return calls;
    };
    const options = { transport: "eventsource", eventTypes: ["a"] };
    await connect(options, url);
    natives[0].open();
    assert.equal(callsOf(natives[0], "a"), 0);
    page.resume();
    await clock.advance(250);
    assert.equal(callsOf(natives[0], "a"), 100);
    await clock.advance(1000);
    assert.equal(callsOf(natives[0], "a"), 0);
    await connect({ ...options, idleMs: 1000, heartbeatEvent: "beat" }, url);
    natives[1].open();
    assert.equal(callsOf(natives[1], "beat"), 100);
  });
});
