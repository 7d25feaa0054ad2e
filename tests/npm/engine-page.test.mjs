/** What befalls the page, and what becomes of its connections. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { network } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";
import { each, retry, statuses, url } from "./support/transports.mjs";

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
