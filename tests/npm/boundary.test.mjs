/** Nothing that the application does stops a source: values of any kind are thrown, and deliveries go on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageOf } from "../../npm/modules/base/errors.js";
import { opened, recorded, reports } from "./support/fake-engine.mjs";
import { fakeClock, network, replace, settle } from "./support/network.mjs";

const throwing = (name) =>
  Object.defineProperty({}, name, {
    get() {
      throw new Error("no");
    },
  });

/** Values that cannot be described by what they are or have. */
const hostile = {
  "an object without a prototype": () => Object.create(null),
  "an object with a throwing message": () => throwing("message"),
  "an object whose message has no prototype": () => ({ message: Object.create(null) }),
  "a symbol": () => Symbol("s"),
  nothing: () => undefined,
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

for (const [name, value] of Object.entries(hostile)) {
  test(`${name} can be described`, () => {
    assert.equal(typeof messageOf(value()), "string");
  });

  for (const place of ["decoder", "handler", "array handler", "promise", "until", "key", "state", "error"])
    test(`${name}, thrown by: ${place}; deliveries go on, and the end is told`, async (t) => {
      const reported = reports(t);
      const fails = () => {
        throw value();
      };
      const failsAt = (where) => (place === where ? fails : () => {});
      const { requests, connect } = network(t);
      const { source } = await connect({
        transport: "fetch",
        decode: { bad: place === "decoder" || place === "error" ? fails : "text" },
        defaultDecode: "text",
        until: place === "until" ? fails : undefined,
        buffer: { overflow: "latest-by-key", key: place === "key" ? fails : undefined },
      });
      const got = [];
      const states = recorded((note) => source.onState(note));
      source.onState(failsAt("state"));
      source.onError(failsAt("error"));
      source.on("bad", failsAt("handler"));
      source.on("bad", failsAt("array handler"), { batch: true });
      source.on("bad", place === "promise" ? () => Promise.reject(value()) : () => {});
      if (place === "key") source.events("bad");
      source.on("good", ({ data }) => got.push(data));
      await requests[0].answer();
      await requests[0].chunk("event: good\ndata: 1\n\n");
      await requests[0].chunk("event: bad\nid: 7\ndata: x\n\nevent: good\ndata: 2\n\n");
      await settle();
      source.close();
      assert.deepEqual(got, ["1", "2"]);
      assert.equal(requests.length, 1, "the connection is the same");
      assert.deepEqual(
        states.map(({ status }) => status),
        ["open", "closed"],
      );
      assert.equal(reported.length > 0, place !== "decoder", "what is thrown is reported");
    });
}

test("a reportError that throws ends no delivery", async (t) => {
  const { source, server } = await opened();
  const queued = [];
  replace(t, {
    reportError() {
      throw new Error("no");
    },
    queueMicrotask: (task) => queued.push(task),
  });
  const mine = new Error("mine");
  source.on("a", () => {
    throw mine;
  });
  const seen = recorded((note) => source.on("a", note));
  const states = recorded((note) => source.onState(note));
  server.batch(["a", "1"], ["a", "2"]);
  source.close();
  assert.deepEqual([seen.length, states.length, queued.length], [2, 1, 2]);
  assert.throws(queued[0], mine);
});

test("the empty event type is refused: it would stand for all", async () => {
  const { source } = await opened();
  assert.throws(() => source.on("", () => {}), /"type" must be an event type/);
  assert.throws(() => source.events(""), /"type" must be an event type/);
  assert.throws(() => source.events("a", ""), /"type" must be an event type/);
});

test("undecodable events are told at a bounded rate: the first, then one a second with how many more", async (t) => {
  const clock = fakeClock(t);
  const { source, server } = await opened();
  const told = recorded((note) => source.onError(note));
  const seen = () => told.splice(0).map(({ code, more, event }) => [code, more, event.raw]);
  source.on("a", () => {});
  const reader = source.events("b");
  reader.next();
  server.batch(...Array.from({ length: 10_000 }, (_, n) => ["a", `{${n}`]));
  server.message("b", "{read");
  await settle();
  assert.deepEqual(seen(), [["decode", undefined, "{0"]]);
  await clock.advance(1000);
  assert.match(told[0].message, /^cannot decode an event "a": .*; and 9999 more events after it$/);
  assert.deepEqual(seen(), [["decode", 9999, "{1"]]);
  server.message("a", "{later");
  await clock.advance(1000);
  assert.deepEqual(seen(), [["decode", undefined, "{later"]]);
  // A second without any: the next one is told at once again.
  await clock.advance(1000);
  assert.equal(clock.timers, 0);
  server.message("a", "{again");
  assert.deepEqual(seen(), [["decode", undefined, "{again"]]);
});

test("undecodable events that are not told yet are told before the end, and leave no timer", async (t) => {
  const clock = fakeClock(t);
  const { source, server } = await opened();
  const seen = [];
  source.onError(({ code, more = 0 }) => seen.push([code, more]));
  source.onState(({ status }) => seen.push(status));
  source.on("a", () => {});
  server.batch(["a", "{"], ["a", "{"], ["a", "{"]);
  source.close();
  assert.deepEqual(seen, [["decode", 0], ["decode", 1], "closed"]);
  assert.equal(clock.timers, 0);
});
