/** `source.cursor`: what was received, and up to where it is processed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { opened, recorded, reports } from "./support/fake-engine.mjs";
import { room, settle } from "./support/network.mjs";

/** A handler that is done when the test says so. */
function controlled() {
  const calls = [];
  const handler = () => new Promise((resolve, reject) => calls.push({ resolve, reject }));
  return { calls, handler };
}

const processed = (source) => source.cursor.processed;

/** So many events, with the ids 1, 2, 3, … */
const burst = (server, type, count) => {
  for (let n = 1; n <= count; n++) server.message(type, "0", `${n}`);
};

test("both ids are those to begin with until something comes", async () => {
  const { source } = await opened({ lastEventId: "7" });
  assert.deepEqual(source.cursor, { received: "7", processed: "7" });
  assert.deepEqual((await opened()).source.cursor, { received: "", processed: "" });
});

test("it is a snapshot", async () => {
  const { source, server } = await opened();
  const before = source.cursor;
  server.message("a", "1", "1");
  assert.deepEqual(before, { received: "", processed: "" });
  assert.deepEqual(source.cursor, { received: "1", processed: "1" });
});

test("an event is processed when its handler has returned, not before", async () => {
  const { source, server } = await opened();
  const within = [];
  source.on("a", () => within.push(source.cursor));
  server.batch(["a", "1", "1"], ["a", "2", "2"]);
  assert.deepEqual(within, [
    { received: "2", processed: "" },
    { received: "2", processed: "1" },
  ]);
  assert.equal(processed(source), "2");
});

test("an event is processed when the promise of its handler is fulfilled", async () => {
  const { source, server } = await opened();
  const { calls, handler } = controlled();
  source.on("a", handler);
  server.batch(["a", "1", "1"]);
  await settle();
  assert.deepEqual(source.cursor, { received: "1", processed: "" });
  calls[0].resolve();
  await settle();
  assert.equal(processed(source), "1");
});

test("handlers that finish out of order leave no event behind", async () => {
  const { source, server } = await opened();
  const { calls, handler } = controlled();
  source.on("a", handler);
  server.batch(["a", "1", "1"], ["b", "2", "2"], ["a", "3", "3"]);
  calls[1].resolve();
  await settle();
  assert.equal(processed(source), "");
  calls[0].resolve();
  await settle();
  assert.equal(processed(source), "3");
});

test("an event waits for every handler and every reader", async () => {
  const { source, server } = await opened();
  const [one, two] = [controlled(), controlled()];
  source.on("a", one.handler);
  source.onAny(two.handler);
  const readers = [source.events("a"), source.events()];
  server.message("a", "1", "1");
  one.calls[0].resolve();
  two.calls[0].resolve();
  for (const reader of readers) {
    await settle();
    assert.equal(processed(source), "");
    await reader.next();
    reader.next();
  }
  await settle();
  assert.equal(processed(source), "1");
});

test("an event that is read is processed when its reader asks for the next", async () => {
  const { source, server } = await opened();
  const reader = source.events("a");
  server.batch(["a", "1", "1"], ["a", "2", "2"]);
  await reader.next();
  await settle();
  assert.equal(processed(source), "");
  await reader.next();
  await settle();
  assert.equal(processed(source), "1");
  reader.next();
  await settle();
  assert.equal(processed(source), "2");
});

test("what is read after the end is processed too, the last one when the end is read", async () => {
  const { source, server } = await opened();
  const reader = source.events("a");
  server.batch(["a", "1", "1"], ["a", "2", "2"]);
  source.close();
  assert.equal(processed(source), "");
  const seen = [];
  for await (const event of reader) seen.push([event.lastEventId, processed(source)]);
  assert.deepEqual(seen, [
    ["1", ""],
    ["2", "1"],
  ]);
  assert.equal(processed(source), "2");
});

test("what nobody wants is processed, in its turn", async () => {
  const { source, server } = await opened();
  const { calls, handler } = controlled();
  server.message("b", "1", "1");
  assert.equal(processed(source), "1");
  source.on("a", handler);
  server.batch(["a", "2", "2"], ["b", "3", "3"]);
  assert.equal(processed(source), "1");
  calls[0].resolve();
  await settle();
  assert.equal(processed(source), "3");
});

test("what cannot be decoded is processed, by handlers and by readers", async () => {
  const { source, server } = await opened();
  const errors = recorded((note) => source.onError(note));
  source.on("a", () => {});
  server.message("a", "{", "1");
  assert.equal(processed(source), "1");
  const reader = source.events("b");
  server.message("b", "{", "2");
  assert.equal(processed(source), "1");
  reader.next();
  await settle();
  assert.equal(processed(source), "2");
  source.close();
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["decode", "decode"],
  );
});

test("what a full queue drops is processed, in its turn", async () => {
  const { source, server } = await opened({ buffer: { limitBytes: room(1) } });
  source.onError(() => {});
  const reader = source.events("a");
  server.message("a", "1", "1");
  assert.equal(processed(source), "");
  server.message("a", "2", "2");
  await settle();
  assert.equal(processed(source), "1");
  await reader.next();
  reader.next();
  await settle();
  assert.equal(processed(source), "2");
});

test("heartbeats are processed", async () => {
  const { source, server } = await opened({ heartbeatEvent: "beat" });
  server.message("beat", "", "1");
  assert.deepEqual(source.cursor, { received: "1", processed: "1" });
});

test("an id without an event counts, after the events before it", async () => {
  const { source, server } = await opened();
  server.idOnly("1");
  assert.deepEqual(source.cursor, { received: "1", processed: "1" });
  const { calls, handler } = controlled();
  source.on("a", handler);
  server.message("a", "2", "2");
  server.idOnly("3");
  assert.deepEqual(source.cursor, { received: "3", processed: "1" });
  calls[0].resolve();
  await settle();
  assert.equal(processed(source), "3");
});

test("an id that is taken back is taken back", async () => {
  const { source, server } = await opened({ lastEventId: "7" });
  server.idOnly("");
  assert.deepEqual(source.cursor, { received: "", processed: "" });
});

test("behind a replay the received id stays", async () => {
  const { source, server } = await opened({ lastEventId: "7" });
  server.idOnly(undefined);
  assert.deepEqual(source.cursor, { received: "7", processed: "7" });
});

const failing = {
  throws() {
    throw new Error("broken");
  },
  "rejects at once": () => Promise.reject(new Error("broken")),
  "rejects later": async () => {
    await settle();
    throw new Error("broken");
  },
};
for (const [how, handler] of Object.entries(failing))
  test(`a handler that ${how} is reported at once, and holds for 1,024 later events`, async (t) => {
    const reported = reports(t);
    const { source, server } = await opened();
    const errors = recorded((note) => source.onError(note));
    source.on("bad", handler);
    server.message("bad", "0", "bad");
    await settle();
    await settle();
    assert.deepEqual(
      reported.map(({ message }) => message),
      ["broken"],
    );
    burst(server, "a", 1023);
    assert.deepEqual([processed(source), errors], ["", []]);
    server.message("a", "0", "1024");
    assert.equal(processed(source), "1024");
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["skipped"],
    );
    assert.match(errors[0].message, /"bad"/);
    assert.equal(reported.length, 1);
  });

test("a failed handler holds although another one of the same event is well", async (t) => {
  reports(t);
  const { source, server } = await opened();
  source.on("a", failing.throws);
  source.on("a", () => {});
  server.message("a", "1", "1");
  server.message("b", "1", "2");
  assert.equal(processed(source), "");
});

test("what is never done with is passed over after 65,536 later events", async () => {
  const { source, server } = await opened();
  const errors = recorded((note) => source.onError(note));
  source.on("a", () => new Promise(() => {}));
  server.message("a", "0", "open");
  burst(server, "b", 65_535);
  assert.deepEqual([processed(source), errors], ["", []]);
  server.message("b", "0", "last");
  assert.equal(processed(source), "last");
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["skipped"],
  );
});

test("without onError a skipped event is reported as uncaught", async (t) => {
  const reported = reports(t);
  const { source, server } = await opened();
  source.on("a", failing.throws);
  server.message("a", "0", "bad");
  burst(server, "b", 1024);
  assert.deepEqual(
    reported.map(({ code }) => code),
    [undefined, "skipped"],
  );
});

const thenables = {
  throws: () => {
    throw new Error("odd");
  },
  "has no use for its listener": () => {},
  "settles twice": (resolve) => {
    resolve();
    resolve();
  },
};
for (const [how, then] of Object.entries(thenables))
  test(`what looks like a promise and ${how} harms nobody`, async (t) => {
    reports(t);
    const { source, server } = await opened();
    source.on("odd", () => ({ then }));
    const events = recorded((note) => source.on("a", note));
    server.message("odd", "0", "1");
    await settle();
    server.message("a", "0", "2");
    assert.equal(events.length, 1);
    assert.equal(processed(source), how === "settles twice" ? "2" : "");
  });

test("close() within a handler: this event is processed, the rest of its chunk is not", async () => {
  const { source, server } = await opened();
  const seen = [];
  source.on("a", ({ lastEventId }) => {
    seen.push(lastEventId);
    if (lastEventId === "2") source.close();
  });
  server.batch(["a", "1", "1"], ["a", "2", "2"], ["a", "3", "3"]);
  assert.deepEqual(seen, ["1", "2"]);
  assert.deepEqual(source.cursor, { received: "3", processed: "2" });
});

test("an event that ends the stream is not processed", async () => {
  const { source, server } = await opened({ until: ({ data }) => data === "[DONE]" });
  server.batch(["a", "1", "1"], ["a", "[DONE]", "2"]);
  assert.equal(processed(source), "1");
});

test("what is settled after close() still counts", async () => {
  const { source, server } = await opened();
  const { calls, handler } = controlled();
  source.on("a", handler);
  server.message("a", "1", "1");
  source.close();
  assert.equal(processed(source), "");
  calls[0].resolve();
  await settle();
  assert.equal(processed(source), "1");
});

test("a new source goes on from what the old one has processed", async () => {
  const old = await opened();
  const { calls, handler } = controlled();
  old.source.on("a", handler);
  old.server.batch(["a", "1", "1"], ["a", "2", "2"]);
  calls[0].resolve();
  await settle();
  old.source.close();
  const lastEventId = processed(old.source);
  const { engine, source } = await opened({ lastEventId });
  assert.equal(engine.settings.lastEventId, "1");
  assert.deepEqual(source.cursor, { received: "1", processed: "1" });
});

test("the state's and the errors' handlers do not hold it", async () => {
  const { source, server } = await opened();
  source.onState(() => new Promise(() => {}));
  source.onError(() => new Promise(() => {}));
  source.on("a", () => {});
  server.state("open", { transport: "fetch", resumedFrom: "" });
  server.message("a", "{", "1");
  assert.equal(processed(source), "1");
});
