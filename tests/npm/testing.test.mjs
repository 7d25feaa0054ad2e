/** The test kit, by what an application's tests do with it. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { EventSource } from "../../npm/modules/eventsource.js";
import { connect } from "../../npm/modules/index.js";
import { streamStore } from "../../npm/modules/store.js";
import { mockStream } from "../../npm/modules/testing.js";
import { scenario, server } from "./support/browser.mjs";
import { inSomeRound } from "./support/rounds.mjs";

/** A port that nobody listens to. */
const url = "http://localhost:9/orders/stream";
const key = Symbol.for("typed-eventsource");

const until = async (isSo) => {
  while (!isSo()) await pause(1);
};

/** A mock, and a source of an application that knows nothing of it. */
function made(t, options, script) {
  const orders = mockStream(url, { script });
  const source = connect(url, options);
  t.after(() => {
    source.close();
    orders.close();
  });
  const states = [];
  source.onState((state) => states.push(state));
  const events = [];
  source.on("orderUpdate", ({ data, lastEventId }) => events.push([data, lastEventId]));
  const statuses = () => states.map(({ status }) => status);
  return { orders, source, states, statuses, events };
}

for (const transport of ["fetch", "auto"])
  test(`an event comes, the connection breaks, and it goes on: ${transport}`, async (t) => {
    const { orders, source, statuses, events } = made(t, { transport });
    const first = await orders.request();
    assert.deepEqual(
      [first.number, first.method, first.url, first.lastEventId, first.transport, first.body],
      [1, "GET", url, "", transport === "auto" ? "eventsource" : "fetch", undefined],
    );
    assert.equal(first.headers.accept, "text/event-stream");
    await orders.send("orderUpdate", { id: 7 }, { id: 7 });
    assert.deepEqual(events, [[{ id: 7 }, "7"]]);
    await orders.cut();
    assert.equal(source.state.status, "reconnecting");
    assert.equal((await orders.request()).lastEventId, "7");
    const between = transport === "fetch" ? ["reconnecting", "connecting"] : ["reconnecting"];
    assert.deepEqual(statuses(), ["open", ...between, "open"]);
    assert.equal(orders.connections.length, 1);
    source.close();
    assert.deepEqual([orders.connections.length, orders.requests[1].clientLeft], [0, true]);
    assert.equal(orders.requests[0].clientLeft, false);
  });

test("in the middle of an event: it is not taken for one, and comes whole", async (t) => {
  const { orders, events } = made(t, { transport: "fetch" });
  await orders.request();
  orders.send("orderUpdate", 1, { id: 1 });
  orders.send("orderUpdate", 2, { id: 2, partBytes: 25 });
  orders.cut();
  assert.equal((await orders.request()).lastEventId, "1");
  await orders.send("orderUpdate", 2, { id: 2 });
  assert.deepEqual(events, [
    [1, "1"],
    [2, "2"],
  ]);
});

test("a clean end is told apart from a broken connection", async (t) => {
  const { orders, states } = made(t, { transport: "fetch" });
  for (const [go, code] of [
    ["end", "end-of-stream"],
    ["cut", "network"],
  ]) {
    await orders.request();
    await orders[go]();
    assert.deepEqual([states.at(-1).status, states.at(-1).cause.code], ["reconnecting", code]);
  }
});

test("a minute of backoff takes less than 50 ms", (t) =>
  inSomeRound(t, async () => {
    const { orders, source } = made(t, { transport: "fetch" });
    await orders.request();
    orders.refuse(503);
    orders.cut();
    const begun = performance.now();
    await orders.clock.advance(60_000);
    const took = performance.now() - begun;
    const { length } = orders.requests;
    source.close();
    orders.close();
    assert.ok(length > 3);
    assert.ok(took < 50, `${took} ms`);
    t.diagnostic(`${length} requests in ${took} ms`);
  }));

test("hours pass in order", async (t) => {
  const { orders, source } = made(t, { transport: "fetch", retry: { maxMs: 0 } });
  await orders.request();
  orders.refuse(503, { headers: { "retry-after": "60" } });
  orders.cut();
  await orders.clock.advance(60_000);
  assert.deepEqual([orders.requests.length, source.state.status], [2, "reconnecting"]);
  await orders.clock.advance(3_600_000);
  const times = orders.requests.map(({ atMs }) => atMs);
  assert.ok(times.slice(2).every((at, index) => at - times[index + 1] >= 60_000));
  assert.ok(orders.requests.length > 55);
});

test("nothing passes by itself but short waits", async (t) => {
  const { orders, source, events } = made(t, { transport: "fetch", delivery: { everyMs: 30 } });
  await orders.request();
  for (let id = 1; id <= 20; id++) orders.send("orderUpdate", id, { id });
  while (events.length < 20) await pause(1);
  orders.cut();
  await pause(30);
  assert.equal(source.state.status, "reconnecting");
  assert.ok(orders.clock.now < 1000);
});

test("a flood is read at once, by every way to hand events over", async (t) => {
  for (const delivery of ["auto", "immediate", "frame", { everyMs: 40 }]) {
    const { orders, source, events } = made(t, { transport: "fetch", delivery });
    await orders.request();
    for (let id = 1; id < 100; id++) orders.send("orderUpdate", id, { id });
    await orders.send("orderUpdate", 100, { id: 100 });
    assert.equal(events.length, 100, JSON.stringify(delivery));
    source.close();
    orders.close();
  }
});

test("a status: it is fatal, or tried again after what the server asks for", async (t) => {
  const { orders, source, states } = made(t, { transport: "fetch" });
  await orders.request();
  orders.refuse(503, { headers: { "retry-after": "5" }, body: "maintenance", times: 1 });
  orders.cut();
  const refused = await orders.request();
  const { cause, waitMs } = source.state;
  assert.deepEqual([cause.code, cause.status, cause.bodyText], ["status", 503, "maintenance"]);
  assert.ok(waitMs >= 5000 && waitMs <= 6000, waitMs);
  const { atMs } = await orders.request();
  assert.equal(Math.round(atMs - refused.atMs), waitMs);
  assert.equal(source.state.status, "open");
  orders.refuse(403);
  orders.cut();
  await orders.request();
  assert.deepEqual([states.at(-1).status, states.at(-1).reason], ["closed", "fatal"]);
});

test("a browser's EventSource hides the status, and fetch sees it", async (t) => {
  const { orders, source, statuses } = made(t);
  orders.refuse(403);
  assert.equal((await orders.request()).transport, "eventsource");
  assert.equal(source.state.cause.code, "refused");
  assert.equal((await orders.request()).transport, "fetch");
  assert.deepEqual([source.state.status, source.state.cause.status], ["closed", 403]);
  assert.deepEqual(statuses(), ["reconnecting", "connecting", "closed"]);
});

test("401: the token is refreshed once, and the request made again", async (t) => {
  let token = "old";
  const refresh = async () => {
    token = "new";
  };
  const { orders, source } = made(t, { headers: () => ({ authorization: token }), refresh });
  orders.refuse(401, { times: 1 });
  assert.equal((await orders.request()).headers.authorization, "old");
  assert.equal((await orders.request()).headers.authorization, "new");
  assert.equal(source.state.status, "open");
});

test("a server that takes the request and says nothing: by the timeout, or until it answers", async (t) => {
  const { orders, source } = made(t, { transport: "fetch", connectTimeoutMs: 10_000 });
  orders.stall();
  const request = await orders.request();
  assert.deepEqual([request.isOpen, source.state.status], [false, "connecting"]);
  await orders.clock.advance(10_000);
  assert.deepEqual([request.clientLeft, source.state.cause.code], [true, "timeout"]);
  const second = await orders.request();
  await second.answer({ steps: [{ send: "event: orderUpdate\ndata: 1\n\n" }], end: "hold" });
  assert.deepEqual([source.state.status, source.stats.events], ["open", 1]);
  assert.throws(() => second.answer({}), /request 2 of http:.* was answered already/);
});

test("the reconnection time", async (t) => {
  for (const [transport, wait] of [
    ["fetch", 9000],
    ["eventsource", 9000],
  ]) {
    const { orders, source } = made(t, { transport, ...(transport === "fetch" && { retry: { maxMs: 0 } }) });
    await orders.request();
    orders.retry(9000);
    await orders.end();
    const { now } = orders.clock;
    assert.equal((await orders.request()).atMs - now, wait);
    source.close();
    orders.close();
  }
});

test("a POST with its body, which is resumed by GET", async (t) => {
  const { orders } = made(t, { method: "POST", body: '{"ask":1}', resume: "get" });
  const post = await orders.request();
  assert.deepEqual([post.method, JSON.parse(post.body), post.number], ["POST", { ask: 1 }, 1]);
  orders.write("id: 5\n\n");
  orders.end();
  const get = await orders.request();
  assert.deepEqual([get.method, get.body, get.lastEventId], ["GET", undefined, "5"]);
});

test("a header that says where the stream goes on", async (t) => {
  const { orders, source } = made(t, { transport: "fetch", lastEventId: "3", gapHeader: "x-from" });
  const gaps = [];
  source.onGap((gap) => gaps.push(gap));
  orders.accept({ headers: { "x-from": "9" } });
  assert.equal((await orders.request()).lastEventId, "3");
  assert.deepEqual(gaps, [{ asked: "3", got: "9" }]);
});

test("one connection of several, and what is sent to all", async (t) => {
  const { orders, events } = made(t, { transport: "fetch" });
  const other = connect(url, { transport: "fetch" });
  t.after(() => other.close());
  const seen = [];
  other.on("orderUpdate", ({ data }) => seen.push(data));
  const first = await orders.request();
  await orders.request();
  await orders.send("orderUpdate", 1);
  await first.send("orderUpdate", 2);
  assert.deepEqual([events.map(([data]) => data), seen], [[1, 2], [1]]);
  await first.cut();
  assert.deepEqual(orders.connections, [orders.requests[1]]);
  assert.throws(() => first.send("orderUpdate", 3), /request 1 of .* is over/);
});

test("several servers stand beside each other, and the newest of those at one URL counts", async (t) => {
  const { orders, events } = made(t, { transport: "fetch" });
  const prices = mockStream("http://localhost/prices?of=a");
  const source = connect("http://localhost/prices?of=a");
  t.after(() => {
    source.close();
    prices.close();
  });
  await Promise.all([orders.request(), prices.request()]);
  assert.equal(prices.clock, orders.clock);
  await orders.send("orderUpdate", 1);
  assert.deepEqual([events.length, source.stats.events], [1, 0]);
  const newer = mockStream("http://localhost/prices");
  t.after(() => newer.close());
  prices.cut();
  assert.equal((await newer.request()).number, 1);
  assert.equal(prices.requests.length, 1);
});

test("a script: events, waits, a release, and what comes afterwards", async (t) => {
  const { orders, source, states, events } = made(
    t,
    { transport: "fetch" },
    {
      attempts: [
        {
          steps: [
            { events: { to: 3, type: "orderUpdate", partBytes: 9, retry: 700 } },
            "waitForRelease",
            { send: { join: ["event: orderUpdate\n", { repeat: "data: 9\n\n", times: 1 }] } },
            { waitMs: 5000 },
          ],
          end: "abort",
        },
        { steps: [{ events: { to: 5, type: "orderUpdate", everyMs: 1000 } }] },
      ],
    },
  );
  const request = await orders.request();
  assert.deepEqual([events.map(([, id]) => id), request.sentEvents], [["1", "2", "3"], 3]);
  await orders.release();
  // A few milliseconds have passed by themselves.
  await orders.clock.advance(4900);
  assert.equal(request.isOpen, true);
  await orders.clock.advance(100);
  assert.equal(states.at(-1).status, "reconnecting");
  assert.equal((await orders.request()).lastEventId, "3");
  await orders.clock.advance(1000);
  assert.deepEqual(events.at(-1), [{ n: 5, pad: "" }, "5"]);
  await orders.request();
  assert.deepEqual(source.state, { status: "closed", reason: "no-content" });
});

test("an attempt of a script is played again and again", async (t) => {
  const { orders, source, events } = made(
    t,
    { transport: "fetch" },
    {
      attempts: [
        { status: 204 },
        { steps: [{ events: { to: 9, atMost: 3, type: "orderUpdate" } }], end: "hold" },
      ],
      afterwards: "repeat-last",
    },
  );
  await orders.request();
  assert.equal(source.state.reason, "no-content");
  const other = connect(`${url}?lastEventId=2`, { transport: "fetch" });
  t.after(() => other.close());
  const { lastEventId, sentEvents } = await orders.request();
  assert.deepEqual([lastEventId, sentEvents, events.length], ["2", 3, 0]);
  other.reconnect();
  assert.equal((await orders.request()).lastEventId, "5");
});

const skip = server ? false : "TEST_SERVER names no server";

test("a script means the same, byte for byte, to the test server", { skip }, async (t) => {
  const attempts = [
    {
      events: {
        to: 12,
        type: "é",
        retry: 5,
        bytes: 200,
        seed: 7,
        lineEnd: "crlf",
        perWrite: 5,
        partBytes: 40,
      },
    },
    { events: { to: 3, bytes: 20, lineEnd: "cr" } },
    { send: { join: [{ base64: "77u/" }, { repeat: { repeat: "é", times: 2 }, times: 3 }, { join: [] }] } },
    { events: { to: 9, atMost: 4, seed: 2 ** 40 } },
  ].map((step) => ({ steps: [step, { send: ":" }, { events: { to: 14 } }] }));
  const orders = mockStream(url, { script: { attempts } });
  t.after(() => orders.close());
  const path = await scenario({ attempts });
  for (const headers of [{}, {}, {}, { "last-event-id": "2" }])
    assert.equal(
      await (await orders.fetch(url, { headers })).text(),
      await (await fetch(server + path, { headers })).text(),
    );
});

test("the drop-in class comes to it, too", async (t) => {
  const { orders } = made(t, { transport: "fetch" });
  await orders.request();
  const source = new EventSource(url);
  t.after(() => source.close());
  const seen = [];
  source.addEventListener("orderUpdate", ({ data }) => seen.push(data));
  await orders.request();
  await orders.send("orderUpdate", { id: 1 });
  assert.deepEqual(seen, ['{"id":1}']);
});

test("a fetch of the application's own can be given that of the server", async (t) => {
  const orders = mockStream(url);
  t.after(() => orders.close());
  const own = (url, init) => {
    init.headers.set("x-own", "1");
    return orders.fetch(url, init);
  };
  const source = connect(url, { fetch: own });
  t.after(() => source.close());
  assert.equal((await orders.request()).headers["x-own"], "1");
  orders.refuse(418, { body: "tea" });
  const response = await orders.fetch(url, { method: "PUT", body: "x" });
  assert.deepEqual([response.ok, response.status, await response.text()], [false, 418, "tea"]);
  assert.deepEqual([orders.requests[1].method, orders.requests[1].body], ["PUT", "x"]);
});

test("other URLs go to the network", async (t) => {
  const orders = mockStream(url);
  t.after(() => orders.close());
  assert.equal(await (await orders.fetch("data:text/plain,real")).text(), "real");
  const source = connect("http://localhost/others");
  t.after(() => source.close());
  while (source.state.status === "connecting") await pause(1);
  assert.match(source.state.cause.message, /no mockStream\(\) stands at http:\/\/localhost\/others/);
});

test("nothing global is faked, and nothing is left", async () => {
  const names = ["fetch", "EventSource", "setTimeout", "Date", "performance", "requestAnimationFrame"];
  const before = names.map((name) => globalThis[name]);
  const first = mockStream(url);
  const second = mockStream("/relative");
  assert.equal(second.url, "http://localhost/relative");
  assert.deepEqual(
    names.map((name) => globalThis[name]),
    before,
  );
  first.close();
  assert.ok(key in globalThis);
  second[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  assert.ok(!(key in globalThis));
  assert.throws(() => first.send("a", 1), /is closed/);
});

test("a source that outlives its mock does not come to the next one", async (t) => {
  const { orders, source } = made(t, { transport: "fetch" });
  await orders.request();
  orders.cut();
  orders.close();
  const next = mockStream(url);
  t.after(() => next.close());
  await next.clock.advance(100_000);
  assert.equal(next.requests.length, 0);
  assert.equal(source.state.status, "reconnecting");
});

test("a source of before gets the platform back", async (t) => {
  const { orders, source } = made(t, { transport: "fetch" });
  await orders.request();
  orders.close();
  // Nothing of the network is fetched: the port is closed.
  source.reconnect();
  while (source.state.status !== "reconnecting") await pause(1);
  assert.match(source.state.cause.message, /fetch failed/);
});

test("copies for import and for require() come to the same server", async (t) => {
  const { orders } = made(t, { transport: "fetch" });
  await orders.request();
  const { connect: required } = createRequire(import.meta.url)("../../dist/cjs/index.js");
  const source = required(url);
  t.after(() => source.close());
  assert.equal((await orders.request()).transport, "eventsource");
  assert.equal(source.state.status, "open");
});

test("requests are given out once, however many wait", async (t) => {
  const { orders } = made(t, { transport: "fetch" });
  const other = connect(url, { transport: "fetch" });
  t.after(() => other.close());
  const both = await Promise.all([orders.request(), orders.request()]);
  assert.deepEqual(
    both.map(({ number }) => number),
    [1, 2],
  );
});

test("mistakes say what to do", async (t) => {
  const { orders } = made(t, { transport: "fetch" });
  assert.throws(
    () => orders.send("a", 1),
    /no connection to .* is open, of 0 requests: wait for request\(\)/,
  );
  await orders.request();
  await assert.rejects(orders.request({ withinMs: 10 }), /no request came to .* within 10 ms .*, after 1$/);
  assert.throws(() => orders.send("a\nb", 1), /event's type has no line ends: use write\(\)/);
  assert.throws(() => orders.write({ text: "a" }), /bytes are a text/);
});

test("a mock with a query takes requests that have that and more", async (t) => {
  const orders = mockStream(`${url}?shop=1`);
  t.after(() => orders.close());
  const open = (query) => {
    const source = connect(url + query, {
      lastEventId: "7",
      transport: "eventsource",
      eventTypes: ["a"],
    });
    t.after(() => source.close());
    return source;
  };
  open("?shop=1");
  const { url: asked, lastEventId } = await orders.request();
  assert.deepEqual([asked, lastEventId], [`${url}?shop=1&lastEventId=7`, "7"]);
  await orders.cut();
  await orders.request();
  const other = open("?shop=2");
  await until(() => other.state.status !== "connecting");
  assert.equal(orders.requests.length, 2);
});

test("copies of the kit leave the platform to each other, in whatever order they go", async (t) => {
  const { mockStream: required } = createRequire(import.meta.url)("../../dist/cjs/testing.js");
  for (const isFirstOut of [false, true]) {
    const mine = mockStream(url);
    const theirs = required("/theirs");
    const sources = [
      connect(url, { transport: "fetch" }),
      connect("http://localhost/theirs", { transport: "fetch" }),
    ];
    t.after(() => sources.map((source) => source.close()));
    await mine.request();
    await theirs.request();
    const [stays, goes] = isFirstOut ? [theirs, mine] : [mine, theirs];
    goes.close();
    sources.push(connect(stays.url, { transport: "fetch" }));
    assert.equal((await stays.request()).number, 2);
    stays.close();
    assert.ok(!(key in globalThis));
  }
});

test("what cannot be played fails the request, and says why", async (t) => {
  for (const [attempt, message] of [
    [{ steps: [{ send: { text: "a" } }] }, /bytes are a text/],
    [{ headers: { "no name": "a" } }, /no name/],
    [{ status: 204, headers: { "no name": "a" } }, /no name/],
  ]) {
    const { source } = made(t, { transport: "fetch" }, { attempts: [attempt] });
    await until(() => source.state.status === "reconnecting");
    assert.match(`${source.state.cause.message} ${source.state.cause.cause?.message}`, message);
  }
});

test("the clock goes on by what is a time", async (t) => {
  const { orders } = made(t, { transport: "fetch" });
  for (const ms of [NaN, -1, Infinity, undefined]) {
    await assert.rejects(orders.clock.advance(ms), RangeError);
    await assert.rejects(orders.clock.sleep(ms), RangeError);
  }
  await orders.clock.advance(5);
  assert.ok(orders.clock.now >= 5);
});

test("snapshots and the kit go together, also under fake timers", async (t) => {
  const orders = mockStream(url);
  t.after(() => orders.close());
  t.mock.timers.enable();
  const store = streamStore(url, { initial: 0, reduce: { add: (sum, { data }) => sum + data } });
  t.after(store.subscribe(() => {}));
  await orders.request();
  await orders.send("add", 1);
  assert.equal(store.getSnapshot().value, 1);
  await orders.send("add", 2);
  assert.equal(store.getSnapshot().value, 3);
});
