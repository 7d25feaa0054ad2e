import assert from "node:assert/strict";
import { test } from "node:test";
import { open, opened, recorded, reports } from "./support/fake-engine.mjs";

const statuses = (states) => states.map((state) => state.status);

test("each state goes to the handlers as it is, and stays", async () => {
  const { server, states, source } = await opened();
  server.state("open", { transport: "eventsource", resumedFrom: "7" });
  server.state("connecting", { attempt: 2 });
  assert.deepEqual(states, [
    { status: "open", transport: "eventsource", resumedFrom: "7" },
    { status: "connecting", attempt: 2 },
  ]);
  assert.equal(source.state, states[1]);
});

test("a failure closes with its cause", async () => {
  const { server, source, engine } = await opened();
  server.state("closed", { reason: "fatal", cause: { status: 404 } });
  assert.equal(source.state.cause.status, 404);
  assert.deepEqual(engine.calls, ["start", "close"]);
});

test("close() tells everybody once, before it returns, and releases the engine", async () => {
  const { source, states, engine, server } = await opened();
  const events = recorded((note) => source.on("a", note));
  source.close();
  assert.deepEqual(states, [{ status: "closed", reason: "closed" }]);
  assert.deepEqual(engine.calls, ["start", "listen a", "close"]);
  source.close();
  server.message("a", "1");
  server.batch(["a", "1"]);
  server.state("closed", { reason: "closed" });
  server.state("open", { transport: "fetch" });
  source.reconnect();
  assert.equal(states.length, 1);
  assert.deepEqual(events, []);
  assert.deepEqual(engine.calls, ["start", "listen a", "close"]);
});

test("an engine that says `closed` while it is being closed is heard once", async () => {
  const { source, states, engine, server } = await opened();
  engine.close = () => server.state("closed", { reason: "fatal" });
  source.close();
  assert.deepEqual(states, [{ status: "closed", reason: "closed" }]);
});

test("subscriptions after the end are inert", async () => {
  const { source, server } = await opened();
  source.close();
  const calls = [];
  const subs = [
    source.on("a", (event) => calls.push(event)),
    source.onAny((event) => calls.push(event)),
    source.onState((state) => calls.push(state)),
    source.onError((error) => calls.push(error)),
  ];
  server.message("a", "1");
  for (const sub of subs) sub.unsubscribe();
  assert.deepEqual(calls, []);
});

test("a state that a handler causes comes after the one being told", async () => {
  const { source, server } = await opened();
  const seen = [];
  source.onState((state) => {
    seen.push(`first ${state.status}`);
    if (state.status === "open") {
      source.close();
      assert.equal(source.state.status, "closed");
    }
  });
  source.onState((state) => seen.push(`second ${state.status}`));
  server.state("open", { transport: "fetch" });
  assert.deepEqual(seen, ["first open", "second open", "first closed", "second closed"]);
});

test("a handler of states that throws is reported, and the next is called", async (t) => {
  const reported = reports(t);
  const { source, server, states } = await opened();
  const boom = new Error("from a handler");
  source.onState(() => {
    throw boom;
  });
  const after = recorded((note) => source.onState(note));
  server.state("open", { transport: "fetch" });
  source.close();
  assert.deepEqual(reported, [boom, boom]);
  assert.deepEqual(statuses(after), ["open", "closed"]);
  assert.deepEqual(statuses(states), ["open", "closed"]);
});

test("an abort closes, and a source that is closed lets go of the signal", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const counts = { added: 0, removed: 0 };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...all) => {
    counts.added++;
    add(...all);
  };
  signal.removeEventListener = (...all) => {
    counts.removed++;
    remove(...all);
  };
  const one = await opened({ signal });
  const two = await opened({ signal });
  two.source.close();
  assert.deepEqual(counts, { added: 2, removed: 1 });
  controller.abort();
  assert.deepEqual(one.states, [{ status: "closed", reason: "aborted" }]);
  assert.deepEqual(one.engine.calls, ["start", "close"]);
  assert.deepEqual(two.states, [{ status: "closed", reason: "closed" }]);
});

test("reconnect() goes to the engine, once there is one", async () => {
  const { source, ready, made } = open();
  source.reconnect();
  await ready;
  assert.deepEqual(made[0].calls, ["start"]);
  source.reconnect();
  assert.deepEqual(made[0].calls, ["start", "reconnect"]);
});

for (const missing of [false, true])
  test(`disposing works ${missing ? "where Symbol.dispose is missing" : "by Symbol.dispose"}`, async (t) => {
    const { for: named, asyncIterator, iterator } = Symbol;
    const key = missing ? Symbol.for("Symbol.dispose") : (Symbol.dispose ?? Symbol("dispose"));
    const real = globalThis.Symbol;
    globalThis.Symbol = { for: named, asyncIterator, iterator, ...(!missing && { dispose: key }) };
    t.after(() => {
      globalThis.Symbol = real;
    });
    const { source, server, states } = await opened();
    const events = [];
    const sub = source.on("a", (event) => events.push(event));
    globalThis.Symbol = real;
    server.message("a", "1");
    sub[key]();
    server.message("a", "2");
    assert.equal(events.length, 1);
    source[key]();
    assert.deepEqual(statuses(states), ["closed"]);
    assert.equal(Object.hasOwn(source, "undefined"), false);
  });

test("the methods work without their object", async () => {
  const { source, server } = await opened();
  const { on, close } = source;
  const events = recorded((note) => on("a", note));
  server.message("a", "1");
  close();
  assert.equal(events.length, 1);
});

test("an engine that throws when it is closed does not keep the source open", async () => {
  const { source, states, engine } = await opened();
  engine.close = () => {
    throw new Error("trapped");
  };
  assert.throws(() => source.close(), { message: "trapped" });
  assert.deepEqual(statuses(states), ["closed"]);
});
