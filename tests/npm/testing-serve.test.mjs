/** The test kit's server over HTTP. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../npm/modules/index.js";
import { serveStream, streamHandler } from "../../npm/modules/testing.js";

/** A server, and a source that reads it over the network. */
async function made(t, options, script) {
  const orders = await serveStream({ script });
  const source = connect(orders.url, { retry: { initialMs: 1, maxMs: 0 }, ...options });
  t.after(async () => {
    source.close();
    await orders.close();
  });
  const events = [];
  source.onState(() => {});
  source.on("orderUpdate", ({ data, lastEventId }) => events.push([data, lastEventId]));
  /** Waits until a condition holds. */
  const until = async (holds) => {
    while (!holds()) await new Promise(setImmediate);
  };
  return { orders, source, events, until };
}

test("it streams, breaks, and is resumed", async (t) => {
  const { orders, source, events, until } = await made(t, { headers: { "x-app": "own" } });
  assert.equal((await orders.request()).headers["x-app"], "own");
  orders.send("orderUpdate", { id: 7 }, { id: "é" });
  await until(() => events.length);
  orders.send("orderUpdate", { id: 8 }, { id: 2, partBytes: 20 });
  orders.cut();
  const { lastEventId, method, body } = await orders.request();
  assert.deepEqual([lastEventId, method, body], ["é", "GET", undefined]);
  orders.end();
  await orders.request();
  assert.deepEqual(events, [[{ id: 7 }, "é"]]);
  source.close();
  await until(() => !orders.connections.length);
  assert.equal(orders.requests[2].clientLeft, true);
});

test("it refuses, stalls, and plays scripts", async (t) => {
  const script = {
    attempts: [
      { status: 503, headers: { "retry-after": "0" } },
      { respond: false },
      { steps: [{ events: { to: 3, type: "orderUpdate", everyMs: 1 } }, "waitForRelease"], end: "abort" },
    ],
  };
  const { orders, source, events, until } = await made(
    t,
    { method: "POST", body: "{}", idempotent: true, connectTimeoutMs: 200 },
    script,
  );
  assert.equal((await orders.request()).body, "{}");
  await orders.request();
  await orders.request();
  await until(() => events.length === 3);
  await orders.release();
  assert.equal((await orders.request()).lastEventId, "3");
  await until(() => source.state.status === "closed");
  assert.equal(source.state.reason, "no-content");
});

test("a page of another origin may ask, and a closed server has let go", async () => {
  const orders = await serveStream();
  const asked = await fetch(orders.url, {
    method: "OPTIONS",
    headers: { origin: "http://localhost:1", "access-control-request-headers": "x-app" },
  });
  assert.equal(asked.headers.get("access-control-allow-origin"), "http://localhost:1");
  assert.equal(asked.headers.get("access-control-allow-headers"), "x-app");
  assert.equal(orders.requests.length, 0);
  await orders[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]();
  await assert.rejects(fetch(orders.url));
  await assert.rejects(orders.request({ withinMs: 10 }), /no request came/);
});

test("a handler of requests streams, breaks, and is left", async (t) => {
  const orders = streamHandler();
  const own = (url, init) => orders.handle(new Request(url, init));
  const source = connect("http://localhost/any", { fetch: own, retry: { initialMs: 1, maxMs: 0 } });
  t.after(() => source.close());
  source.onState(() => {});
  const events = source.events("orderUpdate");
  const first = await orders.request();
  assert.deepEqual([first.method, first.url, first.body], ["GET", "http://localhost/any", undefined]);
  orders.send("orderUpdate", { id: 7 }, { id: 1 });
  assert.deepEqual((await events.next()).value.data, { id: 7 });
  orders.cut();
  assert.equal((await orders.request()).lastEventId, "1");
  source.close();
  while (orders.connections.length) await new Promise(setImmediate);
  assert.equal(orders.requests[1].clientLeft, true);
  orders.answer({ steps: [{ events: { to: 1 } }] });
  const response = await orders.handle(new Request("http://localhost/", { method: "POST", body: "x" }));
  assert.equal(await response.text(), 'data: {"n":1,"pad":""}\nid: 1\n\n');
  assert.equal(orders.requests[2].body, "x");
});

test("it waits by the machine's time, also while a test fakes the clock", async (t) => {
  const { orders } = await made(t, {});
  await orders.request();
  t.mock.timers.enable({ apis: ["Date"] });
  await assert.rejects(orders.request({ withinMs: 20 }), /no request came/);
});
