import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { open, opened, recorded, reports } from "./support/fake-engine.mjs";
import { replace } from "./support/network.mjs";

const data = (events) => events.map((event) => event.data);

test("an event has type, decoded data, last event ID, origin and the raw string", async () => {
  const { source, server } = await opened();
  const events = recorded((note) => source.on("a", note));
  server.message("a", '{"n":1}', "7");
  server.batch(["a", '{"n":2}', "8"]);
  const origin = "http://127.0.0.1";
  assert.deepEqual(events, [
    { type: "a", data: { n: 1 }, lastEventId: "7", origin, raw: '{"n":1}' },
    { type: "a", data: { n: 2 }, lastEventId: "8", origin, raw: '{"n":2}' },
  ]);
});

test("events of types that nobody wants do not disturb their neighbours, and are not decoded", async () => {
  let decoded = 0;
  const count = (text) => {
    decoded++;
    return text;
  };
  const { source, server } = await opened({ defaultDecode: count });
  const events = recorded((note) => source.on("wanted", note));
  server.batch(
    ["other", "not this", "1"],
    ["wanted", "this", "1"],
    ["other", "nor this", "2"],
    ["wanted", "too", "2"],
  );
  assert.deepEqual(
    events.map(({ data, lastEventId }) => [data, lastEventId]),
    [
      ["this", "1"],
      ["too", "2"],
    ],
  );
  assert.equal(decoded, 2);
});

test("an event is decoded once, however many handlers it has", async () => {
  let decoded = 0;
  const { source, server } = await opened({ decode: { a: () => ++decoded } });
  const all = [0, 1, 2].map(() => recorded((note) => source.on("a", note)));
  const any = recorded((note) => source.onAny(note));
  server.message("a", "");
  assert.deepEqual([...all, any].map(data), [[1], [1], [1], [1]]);
  assert.equal(decoded, 1);
});

test("the server's events `error`, `open` and `message` are events like any other", async () => {
  const { source, server, states } = await opened();
  for (const type of ["error", "open", "message"]) {
    const events = recorded((note) => source.on(type, note));
    server.message(type, '"from the server"');
    assert.deepEqual(data(events), ["from the server"]);
  }
  assert.deepEqual(states, []);
});

test("event types named like properties of objects are safe", async () => {
  const decode = { constructor: "text", ["__proto__"]: "text" };
  const { source, server } = await opened({ decode });
  for (const type of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const events = recorded((note) => source.on(type, note));
    server.message(type, "1");
    assert.deepEqual(data(events), [Object.hasOwn(decode, type) ? "1" : 1], type);
  }
});

test("a decoder that the prototype brings along is none", async () => {
  const { source, server } = await opened({ decode: Object.create({ a: "text" }) });
  const events = recorded((note) => source.on("a", note));
  server.message("a", "1");
  assert.deepEqual(data(events), [1]);
});

test("the same function subscribed twice is called twice, and unsubscribed one at a time", async () => {
  const { source, server } = await opened();
  let calls = 0;
  const handler = () => calls++;
  const one = source.on("a", handler);
  source.on("a", handler);
  server.message("a", "1");
  assert.equal(calls, 2);
  one.unsubscribe();
  one.unsubscribe();
  server.message("a", "1");
  assert.equal(calls, 3);
});

test("a handler added by a handler gets the next event, not this one", async () => {
  const { source, server } = await opened();
  const late = [];
  let added = false;
  source.on("a", () => {
    if (added) return;
    added = true;
    source.on("a", (event) => late.push(["on", event.data]));
    source.onAny((event) => late.push(["any", event.data]));
  });
  server.batch(["a", "1"], ["a", "2"]);
  assert.deepEqual(late, [
    ["on", 2],
    ["any", 2],
  ]);
});

test("a handler removed by a handler gets nothing more, not even this event", async () => {
  const { source, server } = await opened();
  const subs = [];
  source.on("a", () => {
    for (const sub of subs) sub.unsubscribe();
  });
  const calls = [];
  subs.push(source.on("a", (event) => calls.push(event)));
  subs.push(source.onAny((event) => calls.push(event)));
  server.message("a", "1");
  assert.deepEqual(calls, []);
});

test("a handler that unsubscribes itself does not make others miss the event", async () => {
  const { source, server } = await opened();
  const self = source.on("a", () => self.unsubscribe());
  const others = recorded((note) => source.on("a", note));
  server.message("a", "1");
  assert.equal(others.length, 1);
});

test("close() in a handler takes effect at once: no event follows", async () => {
  const { source, server, states } = await opened();
  const seen = [];
  source.on("a", (event) => {
    seen.push(`first ${event.data}`);
    if (event.data === 2) source.close();
    seen.push(`closed states: ${states.length}`);
  });
  source.on("a", (event) => seen.push(`second ${event.data}`));
  source.onAny((event) => seen.push(`any ${event.data}`));
  server.batch(["a", "1"], ["a", "2"], ["a", "3"], ["b", "4"]);
  assert.deepEqual(seen, [
    "first 1",
    "closed states: 0",
    "second 1",
    "any 1",
    "first 2",
    "closed states: 0", // told after the handler, not inside of it
  ]);
  assert.deepEqual(states, [{ status: "closed", reason: "closed" }]);
});

test("a handler that throws is reported as an uncaught error, and harms nobody", async (t) => {
  const reported = reports(t);
  const { source, server, states } = await opened();
  const boom = new Error("from a handler");
  source.on("a", () => {
    throw boom;
  });
  const others = recorded((note) => source.on("a", note));
  const errors = recorded((note) => source.onError(note));
  server.batch(["a", "1"], ["a", "2"]);
  assert.deepEqual(data(others), [1, 2]);
  assert.deepEqual(reported, [boom, boom]);
  assert.deepEqual([errors, states], [[], []]);
});

test("without reportError what a handler throws is still uncaught", () => {
  const script = `
    delete globalThis.reportError;
    const { report } = await import(${JSON.stringify(new URL("../../npm/modules/base/report.js", import.meta.url).href)});
    process.on("uncaughtException", (error) => console.log("uncaught", error.message));
    report(new Error("from a handler"));
    console.log("went on");
  `;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  assert.equal(stdout, "went on\nuncaught from a handler\n");
});

test("what cannot be decoded goes to onError with the event, and the rest goes on", async (t) => {
  const reported = reports(t);
  const { source, server } = await opened();
  const events = recorded((note) => source.on("a", note));
  const errors = recorded((note) => source.onError(note));
  server.batch(["a", "1", "x"], ["a", "{broken", "y"], ["a", "3"]);
  assert.deepEqual(data(events), [1, 3]);
  const [error] = errors;
  assert.equal(errors.length, 1);
  assert.equal(error.name, "EventSourceError");
  assert.equal(error.code, "decode");
  assert.match(error.message, /cannot decode an event "a": /);
  assert.ok(error.cause instanceof SyntaxError);
  const { type, data: raw, lastEventId, origin } = error.event;
  assert.deepEqual([type, raw, lastEventId, origin], ["a", "{broken", "y", "http://127.0.0.1"]);
  assert.deepEqual(reported, []);
});

test("without a handler of errors they are reported as uncaught errors", async (t) => {
  const reported = reports(t);
  const { source, server } = await opened();
  recorded((note) => source.on("a", note));
  server.message("a", "{broken");
  assert.deepEqual(
    reported.map((error) => error.code),
    ["decode"],
  );
});

test("a handler of errors that throws is reported, and may close", async (t) => {
  const reported = reports(t);
  const { source, server, states } = await opened();
  const events = recorded((note) => source.on("a", note));
  source.onError(() => {
    source.close();
    throw new Error("from onError");
  });
  server.batch(["a", "{broken"], ["a", "2"]);
  assert.deepEqual(events, []);
  assert.equal(reported[0].message, "from onError");
  assert.equal(states.length, 1);
});

test("a decoder that closes ends the delivery of its own event", async () => {
  const { source, server } = await opened({ defaultDecode: () => source.close() });
  const events = recorded((note) => source.on("a", note));
  server.message("a", "1");
  assert.deepEqual(events, []);
  assert.equal(source.state.status, "closed");
});

test("the engine listens to a type while somebody wants it", async () => {
  const { source, ready, made } = open();
  const before = source.on("before", () => {});
  source.on("gone", () => {}).unsubscribe();
  const any = source.onAny(() => {});
  await ready;
  const { calls } = made[0];
  // The empty type stands for all.
  assert.deepEqual(calls.splice(0), ["listen before", "listen ", "start"]);
  any.unsubscribe();
  source.onAny(() => {});
  assert.deepEqual(calls.splice(0), ["unlisten ", "listen "]);
  const one = source.on("a", () => {});
  const two = source.on("a", () => {});
  assert.deepEqual(calls.splice(0), ["listen a"]);
  one.unsubscribe();
  assert.deepEqual(calls, []);
  two.unsubscribe();
  two.unsubscribe();
  before.unsubscribe();
  assert.deepEqual(calls.splice(0), ["unlisten a", "unlisten before"]);
  source.on("a", () => {});
  assert.deepEqual(calls, ["listen a"]);
});

test("with zone.js a handler runs in the zone in which it was added", async (t) => {
  const zone = (name) => ({
    wrap(handler, source) {
      assert.equal(source, "typed-eventsource");
      return (value) => {
        const before = current;
        current = name;
        handler(value);
        current = before;
      };
    },
  });
  let current = "root";
  const Zone = { current: zone("app") };
  replace(t, { Zone });
  const { source, server } = await opened();
  const seen = [];
  source.on("a", () => seen.push(current));
  source.on("a", () => seen.push(current), { batch: true });
  source.onState(() => seen.push(current));
  Zone.current = zone("other");
  source.on("a", () => seen.push(current));
  server.message("a", "1");
  source.close();
  assert.deepEqual(seen, ["app", "other", "app", "app"]);
});
