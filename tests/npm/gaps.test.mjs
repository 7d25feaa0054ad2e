/** The server shows that it could not resume, with the real engine. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { reports } from "./support/fake-engine.mjs";
import { network } from "./support/network.mjs";

const fetched = { transport: "fetch", retry: { initialMs: 100, maxMs: 0 } };

const eventOf = (type, id) => `event: ${type}\n${id === undefined ? "" : `id: ${id}\n`}data: "${id}"\n\n`;
const chunkOf = (...ids) => ids.map((id) => eventOf("a", id)).join("");

async function connected(t, options) {
  const net = network(t);
  const { source, states } = await net.connect(options);
  t.after(() => source.close());
  const seen = [];
  source.onGap((gap) => seen.push(gap));
  source.on("a", ({ lastEventId }) => seen.push(lastEventId));
  return { ...net, source, states, seen };
}

/** A source that resumes from 7, when the server has answered. */
async function resumed(t, { headers, ...options } = {}) {
  const all = await connected(t, { ...fetched, lastEventId: "7", ...options });
  await all.requests[0].answer({ headers });
  return { ...all, request: all.requests[0] };
}

test("a header with another id than was asked for is a gap, told before what follows", async (t) => {
  const { request, seen, source } = await resumed(t, { headers: { "mercure-last-event-id": "9" } });
  await request.chunk(chunkOf("10"));
  assert.deepEqual(seen, [{ asked: "7", got: "9" }, "10"]);
  assert.equal(source.stats.gaps, 1);
});

test("a header with the id that was asked for is none", async (t) => {
  const { seen, source } = await resumed(t, { headers: { "mercure-last-event-id": "7" } });
  assert.deepEqual([seen, source.stats.gaps], [[], 0]);
});

test("no header is none", async (t) => {
  const { seen } = await resumed(t);
  assert.deepEqual(seen, []);
});

test("an empty header is one: the server begins anew", async (t) => {
  const { seen } = await resumed(t, { headers: { "mercure-last-event-id": "" } });
  assert.deepEqual(seen, [{ asked: "7", got: "" }]);
});

test("where nothing was asked for there is no gap", async (t) => {
  const { seen } = await resumed(t, { lastEventId: "", headers: { "mercure-last-event-id": "9" } });
  assert.deepEqual(seen, []);
});

test("a header of another name is an option, and the default counts no longer", async (t) => {
  const { seen } = await resumed(t, {
    gapHeader: "X-Resumed-From",
    headers: { "x-resumed-from": "9", "mercure-last-event-id": "8" },
  });
  assert.deepEqual(seen, [{ asked: "7", got: "9" }]);
});

test("the first header of the list that is present decides", async (t) => {
  const both = { "mercure-last-event-id": "8", "last-event-id": "9" };
  for (const [headers, gapHeader, expected] of [
    [{ "last-event-id": "9" }, undefined, ["9"]],
    [both, undefined, ["8"]],
    [both, ["Last-Event-ID", "Mercure-Last-Event-ID"], ["9"]],
    [{ "mercure-last-event-id": "7", "last-event-id": "9" }, undefined, []],
    [both, "Last-Event-ID", ["9"]],
    [both, ["X-From"], []],
    [both, [], []],
  ]) {
    const { seen } = await resumed(t, { headers, gapHeader });
    assert.deepEqual(
      seen.map(({ asked, got }) => asked === "7" && got),
      expected,
    );
  }
});

test("the id may be any text: a header carries its bytes", async (t) => {
  const bytes = (id) => Buffer.from(id).toString("latin1");
  const one = await resumed(t, { lastEventId: "é 7", headers: { "mercure-last-event-id": bytes("é 7") } });
  assert.deepEqual(one.seen, []);
  const two = await resumed(t, { lastEventId: "é 7", headers: { "mercure-last-event-id": bytes("ü 9") } });
  assert.deepEqual(two.seen, [{ asked: "é 7", got: "ü 9" }]);
});

test("the id may have been asked for in the query", async (t) => {
  const { requests, seen } = await connected(t, { ...fetched, lastEventId: "7" });
  assert.ok(requests[0].init.headers["last-event-id"]);
  assert.deepEqual(seen, []);
  const page = network(t, { page: "http://other.example" });
  const { source } = await page.connect({ ...fetched, lastEventId: "7", transport: "auto", wildcard: true });
  const gaps = [];
  source.onGap((gap) => gaps.push(gap));
  assert.match(page.requests[0].url, /lastEventId=7/);
  await page.requests[0].answer({ headers: { "mercure-last-event-id": "9" } });
  source.close();
  assert.deepEqual(gaps, [{ asked: "7", got: "9" }]);
});

test("each connection is told of with the id it asked for", async (t) => {
  const { request, requests, clock, seen } = await resumed(t);
  await request.chunk(chunkOf("8"));
  await request.end();
  await clock.advance(100);
  await requests[1].answer({ headers: { "mercure-last-event-id": "20" } });
  assert.deepEqual(seen, ["8", { asked: "8", got: "20" }]);
});

test("an event of the type is a gap, told before it is delivered as any other", async (t) => {
  const { request, seen, source } = await resumed(t, { gapEvent: "a" });
  await request.chunk(chunkOf("9", "10"));
  assert.deepEqual(seen, [{ asked: "7", got: "9" }, "9", { asked: "7", got: "10" }, "10"]);
  assert.equal(source.stats.gaps, 2);
});

test("an event of the type that says no id, or the one asked for, does not say where it goes on", async (t) => {
  const one = await resumed(t, { gapEvent: "gap" });
  await one.request.chunk(eventOf("gap"));
  assert.deepEqual(one.seen, [{ asked: "7", got: "" }]);
  const two = await resumed(t, { gapEvent: "gap" });
  await two.request.chunk("id\nevent: gap\ndata\n\n");
  assert.deepEqual(two.seen, [{ asked: "7", got: "" }]);
});

test("an event of the type is a gap although nothing was asked for", async (t) => {
  const { request, seen } = await resumed(t, { gapEvent: "gap", lastEventId: "" });
  await request.chunk(eventOf("gap", "9"));
  assert.deepEqual(seen, [{ asked: "", got: "9" }]);
});

test("without gapEvent no event is a gap", async (t) => {
  const { request, seen } = await resumed(t);
  await request.chunk(eventOf("gap", "9"));
  assert.deepEqual(seen, []);
});

test("over EventSource the type is listened to, and tells of a gap", async (t) => {
  const options = { transport: "eventsource", eventTypes: ["a"], gapEvent: "gap", lastEventId: "7" };
  const { natives, seen, source } = await connected(t, options);
  assert.ok(natives[0].heard.includes("gap"));
  natives[0].open();
  natives[0].send("gap", "1", "9");
  natives[0].send("a", "1", "10");
  assert.deepEqual(seen, [{ asked: "7", got: "9" }, "10"]);
  assert.equal(source.stats.gaps, 1);
});

test("over EventSource the type is listened to on although a handler of it has left", async (t) => {
  const options = { transport: "eventsource", eventTypes: ["a"], gapEvent: "gap" };
  const { natives, source, seen } = await connected(t, options);
  source.on("gap", () => {}).unsubscribe();
  natives[0].open();
  natives[0].send("gap", "1", "9");
  assert.equal(seen.length, 1);
});

for (const options of [{ transport: "fetch" }, { transport: "eventsource", eventTypes: ["a", "b"] }])
  for (const how of ["on", "events"])
    test(`gaps are told although ${how}() of the gap event has ended, over ${options.transport}`, async (t) => {
      const { natives, requests, seen, source } = await connected(t, { ...options, gapEvent: "b" });
      if (how === "on") source.on("b", () => {}).unsubscribe();
      else await source.events("b").return();
      if (natives[0]) {
        natives[0].open();
        natives[0].send("b", "1", "9");
      } else {
        await requests[0].answer();
        await requests[0].chunk(eventOf("b", "9"));
      }
      assert.deepEqual(seen, [{ asked: "", got: "9" }]);
    });

test("when the browser has reconnected by itself, what was asked for is its last event ID", async (t) => {
  const { natives, seen } = await connected(t, {
    transport: "eventsource",
    eventTypes: ["a"],
    gapEvent: "gap",
  });
  natives[0].open();
  natives[0].send("a", "1", "5");
  natives[0].lose();
  natives[0].open();
  natives[0].send("gap", "1", "5");
  assert.deepEqual(seen, ["5", { asked: "5", got: "" }]);
});

test("without onGap it is an error, with the code gap", async (t) => {
  const { connect, requests } = network(t);
  const { source } = await connect({ ...fetched, lastEventId: "7", gapEvent: "gap" });
  t.after(() => source.close());
  const errors = [];
  source.onError((error) => errors.push(error));
  await requests[0].answer({ headers: { "mercure-last-event-id": "9" } });
  await requests[0].chunk(eventOf("gap", "10"));
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["gap", "gap"],
  );
  assert.match(errors[0].message, /"7"/);
  const sub = source.onGap(() => {});
  await requests[0].chunk(eventOf("gap", "11"));
  assert.equal(errors.length, 2);
  sub.unsubscribe();
  await requests[0].chunk(eventOf("gap", "12"));
  assert.equal(errors.length, 3);
});

test("without onError it is reported as uncaught", async (t) => {
  const reported = reports(t);
  const { connect, requests } = network(t);
  const { source } = await connect({ ...fetched, lastEventId: "7" });
  t.after(() => source.close());
  await requests[0].answer({ headers: { "mercure-last-event-id": "9" } });
  assert.deepEqual(
    reported.map(({ code }) => code),
    ["gap"],
  );
});

test("after a header ids may be used anew", async (t) => {
  const { request, requests, clock, seen } = await resumed(t, { lastEventId: "" });
  await request.chunk(chunkOf("1", "2", "3"));
  await request.end();
  await clock.advance(100);
  await requests[1].answer({ headers: { "mercure-last-event-id": "0" } });
  await requests[1].chunk(chunkOf("1", "2"));
  assert.deepEqual(seen, ["1", "2", "3", { asked: "3", got: "0" }, "1", "2"]);
});

test("after an event of the type they may, too, within the same chunk", async (t) => {
  const { request, requests, clock, seen, source } = await resumed(t, { lastEventId: "", gapEvent: "gap" });
  await request.chunk(chunkOf("1", "2", "3"));
  await request.end();
  await clock.advance(100);
  await requests[1].answer();
  await requests[1].chunk(chunkOf("2") + eventOf("gap", "0") + chunkOf("1", "2", "3"));
  assert.deepEqual(seen, ["1", "2", "3", { asked: "3", got: "0" }, "1", "2", "3"]);
  assert.equal(source.stats.replays, 1);
});

test("over EventSource they may, too", async (t) => {
  const options = { transport: "eventsource", eventTypes: ["a"], gapEvent: "gap", dropReplays: true };
  const { natives, seen } = await connected(t, options);
  natives[0].open();
  for (const id of ["1", "2"]) natives[0].send("a", "1", id);
  natives[0].lose();
  natives[0].open();
  natives[0].send("a", "1", "1");
  natives[0].send("gap", "1", "2");
  natives[0].send("a", "1", "1");
  assert.deepEqual(seen, ["1", "2", { asked: "2", got: "" }, "1"]);
});

test("an event of the type is a gap also where its id has been seen", async (t) => {
  const { request, seen } = await resumed(t, { gapEvent: "gap" });
  await request.chunk(eventOf("gap", "7"));
  assert.deepEqual(seen, [{ asked: "7", got: "" }]);
});

for (const how of ["header", "event"])
  test(`close() in onGap ends it before what follows: ${how}`, async (t) => {
    const headers = how === "header" ? { "mercure-last-event-id": "9" } : {};
    const { connect, requests } = network(t);
    const { source } = await connect({ ...fetched, lastEventId: "7", gapEvent: "a" });
    const events = [];
    source.on("a", (event) => events.push(event));
    const reader = source.events("a");
    source.onGap(() => source.close());
    await requests[0].answer({ headers });
    await requests[0].chunk(chunkOf("10"));
    assert.deepEqual([source.state.reason, events], ["closed", []]);
    assert.equal((await reader.next()).done, true);
    assert.equal(requests[0].aborted, true);
    assert.equal(source.cursor.processed, "7");
  });

test("close() in the handler of the opening leaves no gap to tell of", async (t) => {
  const { connect, requests } = network(t);
  const { source } = await connect({ ...fetched, lastEventId: "7" });
  const gaps = [];
  source.onGap((gap) => gaps.push(gap));
  source.onState(({ status }) => status === "open" && source.close());
  await requests[0].answer({ headers: { "mercure-last-event-id": "9" } });
  assert.deepEqual(gaps, []);
});
