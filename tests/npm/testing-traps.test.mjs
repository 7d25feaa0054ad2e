/** What goes wrong with event streams, each written with the test kit in at most five lines. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { connect } from "../../npm/modules/index.js";
import { mockStream } from "../../npm/modules/testing.js";
import { fakePage } from "./support/page.mjs";

const url = "http://localhost/stream";

/** A source and its server: `seen` are the messages that came, with their ids. */
function made(t, options) {
  const mock = mockStream(url);
  const source = connect(url, { defaultDecode: "text", transport: "fetch", ...options });
  t.after(() => {
    source.close();
    mock.close();
  });
  // Else a failure that closes it is an uncaught error.
  source.onState(() => {});
  const seen = [];
  source.on("message", ({ data, lastEventId }) => seen.push([data, lastEventId]));
  return { mock, source, seen };
}

/** The same with the stream open. */
async function open(t, options) {
  const all = made(t, options);
  await all.mock.request();
  return all;
}

test("1: an EventSource hides why it is refused; the source finds out", async (t) => {
  const { mock, source } = made(t, { transport: "auto" });
  mock.refuse(404);
  assert.equal((await mock.request()).transport, "eventsource");
  assert.deepEqual([source.state.status, source.state.cause.code], ["reconnecting", "refused"]);
  assert.deepEqual([(await mock.request()).transport, source.state.cause.status], ["fetch", 404]);
});

test("1: a clean end is none", async (t) => {
  const { mock, source } = await open(t, { transport: "auto" });
  await mock.end();
  assert.equal(source.state.status, "reconnecting");
  assert.equal((await mock.request()).transport, "eventsource");
});

test("1: 204 is one", async (t) => {
  const { mock, source } = made(t);
  mock.refuse(204);
  await mock.request();
  assert.deepEqual(source.state, { status: "closed", reason: "no-content" });
});

test("2: an EventSource that has closed for good is revived", async (t) => {
  const { mock, source } = made(t, { transport: "eventsource" });
  mock.refuse(500, { times: 1 });
  await mock.request();
  assert.equal((await mock.request()).transport, "eventsource");
  assert.equal(source.state.status, "open");
});

test("3: an EventSource waits three seconds", async (t) => {
  const { mock } = await open(t, { transport: "auto" });
  mock.cut();
  assert.equal((await mock.request()).atMs, 3000);
});

test("3: the package waits one, and up to one more", async (t) => {
  const { mock, source } = await open(t);
  await mock.cut();
  assert.ok(source.state.waitMs >= 1000 && source.state.waitMs <= 2000);
});

test("4: an event that is cut off does not move the cursor", async (t) => {
  const { mock } = await open(t);
  mock.write("data: 1\nid: 1\n\ndata: 2\nid: 2\n");
  mock.cut();
  assert.equal((await mock.request()).lastEventId, "1");
});

test("5: a block with only an id moves it", async (t) => {
  const { mock } = await open(t);
  mock.write("id: 5\n\n");
  mock.cut();
  assert.equal((await mock.request()).lastEventId, "5");
});

test("6: an event without an id has the one before", async (t) => {
  const { mock, seen } = await open(t);
  mock.send("message", 1, { id: "a" });
  await mock.send("message", 2);
  assert.deepEqual(seen.at(-1), ["2", "a"]);
});

test("7: also if that came over the connection before", async (t) => {
  const { mock, seen } = await open(t);
  mock.send("message", 1, { id: "a" });
  mock.cut();
  await (await mock.request()).send("message", 2);
  assert.deepEqual(seen.at(-1), ["2", "a"]);
});

test("8: a new EventSource has no Last-Event-ID: the query has it", async (t) => {
  const { mock } = await open(t, { transport: "eventsource", retry: {}, lastEventIdParam: "last_event_id" });
  mock.send("message", 1, { id: 7 });
  mock.cut();
  assert.equal(new URL((await mock.request()).url).search, "?last_event_id=7");
});

test("9: no data is no event, one empty line is an empty text, two are a line end", async (t) => {
  const { mock, seen } = await open(t);
  await mock.write(": comment\n\nevent: message\n\ndata\n\ndata\ndata\n\n");
  assert.deepEqual(seen, [
    ["", ""],
    ["\n", ""],
  ]);
});

test("10: an id with U+0000 is none", async (t) => {
  const { mock, seen } = await open(t);
  await mock.write("id: 1\ndata\n\nid: 2\0\ndata\n\n");
  assert.deepEqual(seen.at(-1), ["", "1"]);
});

test("11: a reconnection time is digits only", async (t) => {
  const { mock, source } = await open(t, { retry: { maxMs: 0 } });
  mock.write("retry: 10abc\n\nretry: +5\n\n");
  await mock.cut();
  assert.equal(source.state.waitMs, 1000);
});

test("12: CR LF in two pieces is one line end", async (t) => {
  const { mock, seen } = await open(t);
  mock.write("data: 1\r");
  await mock.write("\ndata: 2\r\n\r\n");
  assert.deepEqual(seen, [["1\n2", ""]]);
});

test("13: one byte order mark goes, in however many pieces; others stay", async (t) => {
  const { mock, seen } = await open(t);
  mock.write(Uint8Array.of(0xef, 0xbb));
  mock.write(Uint8Array.of(0xbf));
  await mock.write("data: \ufeff1\n\n");
  assert.deepEqual(seen, [["\ufeff1", ""]]);
});

test("14: bytes that are no UTF-8 are U+FFFD", async (t) => {
  const { mock, seen } = await open(t);
  await mock.write({ join: ["data: ", { base64: "/w==" }, "\n\n"] });
  assert.deepEqual(seen, [["\ufffd", ""]]);
});

test("15: the end of the stream discards an event that is not complete", async (t) => {
  const { mock, seen } = await open(t);
  mock.write("data: 1\n");
  await mock.end();
  assert.deepEqual(seen, []);
});

test("16: a handler that throws harms nobody", async (t) => {
  const { mock, source, seen } = await open(t);
  globalThis.reportError = () => delete globalThis.reportError;
  source.on("message", () => source.state.no.such);
  await mock.send("message", 1);
  assert.deepEqual([seen.length, mock.connections.length, mock.requests.length], [1, 1, 1]);
});

test("17: a page is no stream, whatever stands in it", async (t) => {
  const { mock, source, seen } = made(t);
  mock.answer({ headers: { "content-type": "text/html" }, steps: [{ send: "data: 1\n\n" }] });
  await mock.request();
  assert.deepEqual([seen, source.state.cause.code], [[], "content-type"]);
});

test("18: a message comes once, and the first failure is told", async (t) => {
  const { mock, source, seen } = await open(t);
  await mock.send("message", 1);
  await mock.cut();
  assert.deepEqual([seen.length, source.state.cause.code], [1, "network"]);
});

test("19: the server's events `error` and `open` are events", async (t) => {
  const { mock, source } = await open(t, { transport: "auto", eventTypes: ["error", "open"] });
  const types = [];
  for (const type of ["error", "open"]) source.on(type, () => types.push(type));
  await mock.write("event: error\ndata: 1\n\nevent: open\ndata: 2\n\n");
  assert.deepEqual([types, source.state.status], [["error", "open"], "open"]);
});

test("20: an event with a name is no message", async (t) => {
  const { mock, source, seen } = await open(t, { transport: "auto" });
  source.on("named", ({ data }) => seen.push(data));
  await mock.send("named", 1);
  assert.deepEqual(seen, ["1"]);
});

test("21: after a redirect the package begins anew at the first URL", async (t) => {
  const [{ mock }, other] = [made(t), mockStream("http://localhost/moved")];
  mock.answer({ status: 307, headers: { location: "/moved" } });
  await (await other.request()).cut();
  await other.request();
  assert.equal(mock.requests.length, 2, other.close());
});

test("22: the content type has parameters, and letters of any case", async (t) => {
  const { mock, source } = made(t);
  mock.accept({ headers: { "content-type": "Text/Event-Stream; charset=utf-8" } });
  await mock.request();
  assert.equal(source.state.status, "open");
});

test("23: a browser has six connections: a view that is gone has none", async (t) => {
  const { mock, source } = await open(t);
  source.close();
  assert.deepEqual(mock.connections, []);
});

test("24: timers stand still while the machine sleeps: a stream that is silent then is replaced", async (t) => {
  fakePage(t);
  const { mock, source } = await open(t);
  await mock.clock.sleep(3_600_000);
  assert.equal((await mock.request({ withinMs: 5000 })).number, 2);
  assert.deepEqual([source.state.status, mock.requests[0].clientLeft], ["open", true]);
});

test("25: a loop over events ends with the source, and lets go", async (t) => {
  const { mock, source } = await open(t);
  const all = source.events("message");
  source.close();
  assert.deepEqual(await all.next(), { done: true, value: undefined });
  assert.equal(mock.connections.length, 0);
});

test("26: data that are no JSON do not shift their neighbours", async (t) => {
  const { mock, source, seen } = await open(t, { defaultDecode: "json" });
  source.onError(({ code }) => seen.push(code));
  await mock.write("data: [1\n\ndata: 2]\n\ndata: 3,4\n\ndata: [5]\n\n");
  assert.deepEqual([seen.slice(0, -1), seen.at(-1)], [["decode"], [[5], ""]]);
});

test("each of them takes five lines at most, and has none left out", async () => {
  const text = await readFile(new URL(import.meta.url), "utf8");
  const traps = [...text.matchAll(/^test\("(\d+): .*\{\n([\s\S]*?)^\}\);$/gm)];
  assert.deepEqual(
    new Set(traps.map(([, number]) => Number(number))),
    new Set(Array.from({ length: 26 }, (_, index) => index + 1)),
  );
  // Brackets that close something are no lines of their own.
  for (const [whole, , body] of traps) assert.ok(body.match(/^.*\w.*$/gm).length <= 5, whole.split("\n")[0]);
});
