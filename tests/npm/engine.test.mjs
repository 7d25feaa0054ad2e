/** The engine over fetch: requests, waits and events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, url } from "./support/network.mjs";

/** Waits without a random part. */
const retry = { initialMs: 1000, maxMs: 0 };
const statuses = (states) => states.map(({ status }) => status);
const fetching = { transport: "fetch", retry };

test("a request is what the standard asks for, and the states carry what belongs to them", async (t) => {
  const { connect, requests } = network(t);
  const { source, states } = await connect(fetching);
  assert.deepEqual(source.state, { status: "connecting", attempt: 1 });
  const { headers, signal, ...init } = requests[0].init;
  assert.equal(requests[0].url, url);
  assert.deepEqual(headers, { accept: "text/event-stream" });
  assert.deepEqual(init, { cache: "no-store", credentials: "same-origin" });
  await requests[0].answer({ headers: { "x-a": "1" } });
  const [{ headers: answered, ...open }, ...rest] = states;
  assert.deepEqual(open, { status: "open", transport: "fetch", resumedFrom: "", httpStatus: 200 });
  assert.equal(answered.get("x-a"), "1");
  assert.deepEqual(rest, []);
});

test("withCredentials sends cookies everywhere", async (t) => {
  const { connect, requests } = network(t);
  await connect({ ...fetching, withCredentials: true });
  assert.equal(requests[0].init.credentials, "include");
});

test("a stream that ends is reconnected after the wait, not before", async (t) => {
  const { connect, requests, clock } = network(t);
  const { states } = await connect(fetching);
  await requests[0].answer();
  await requests[0].end();
  const [, { cause, ...reconnecting }] = states;
  assert.deepEqual(reconnecting, { status: "reconnecting", attempt: 2, waitMs: 1000 });
  assert.equal(cause.code, "end-of-stream");
  await clock.advance(999);
  assert.equal(requests.length, 1);
  await clock.advance(1);
  assert.equal(requests.length, 2);
  assert.deepEqual(states[2], { status: "connecting", attempt: 2 });
  await requests[1].answer();
  assert.deepEqual(statuses(states), ["open", "reconnecting", "connecting", "open"]);
  assert.equal(requests[0].aborted, true);
});

test("the default waits grow, and have a random part", async (t) => {
  const { connect, requests, clock } = network(t);
  const { states } = await connect({ transport: "fetch" });
  const waits = [];
  for (let n = 0; n < 4; n++) {
    await requests[n].break();
    waits.push(states.at(-1).waitMs);
    await clock.advance(waits[n] + 1);
  }
  waits.forEach((wait, n) => {
    assert.ok(wait >= 1000 && wait <= 1000 + 1000 * 2 ** n, `${waits}`);
  });
  assert.ok(waits.some((wait) => wait % 1000 !== 0));
});

test("waits longer than a timer can take are chained", async (t) => {
  const { connect, requests, clock } = network(t);
  await connect({ transport: "fetch", retry: { ...retry, initialMs: 5e9 } });
  await requests[0].break();
  await clock.advance(5e9 - 1);
  assert.equal(requests.length, 1);
  await clock.advance(2);
  assert.equal(requests.length, 2);
  assert.ok(clock.delays.every((ms) => ms <= 2 ** 31 - 1 && ms >= 0));
  assert.ok(clock.delays.filter((ms) => ms === 2 ** 31 - 1).length === 2);
});

for (const [value, least] of [
  ["7", 7000],
  [() => new Date(Date.now() + 60_000).toUTCString(), 58_000],
  // At once, but for the least that every failure waits.
  [() => new Date(Date.now() - 60_000).toUTCString(), 100],
  ["soon", 1000],
  // What a browser takes for dates long past.
  ["120.5", 1000],
  ["soon 12", 1000],
])
  test(`Retry-After is kept to, from ${least} ms: ${value}`, async (t) => {
    const { connect, requests } = network(t);
    const { states } = await connect(fetching);
    const header = typeof value === "function" ? value() : value;
    await requests[0].answer({ status: 503, headers: { "retry-after": header } });
    const { waitMs, cause } = states[0];
    // Up to a second is added, and a date has no milliseconds.
    assert.ok(waitMs >= least && waitMs <= least + 3000, `${waitMs}`);
    assert.equal(cause.headers.get("retry-after"), header);
  });

test("the last event ID goes back as the bytes of its UTF-8", async (t) => {
  const { connect, requests, clock } = network(t);
  const { source, states } = await connect({ ...fetching, lastEventId: "ü💥" });
  const sent = () => requests.at(-1).init.headers["last-event-id"];
  const bytes = (text) => Buffer.from(text, "utf8").toString("latin1");
  assert.equal(sent(), bytes("ü💥"));
  await requests[0].answer();
  assert.equal(states[0].resumedFrom, "ü💥");
  // An id without data counts, one whose block is cut off does not.
  await requests[0].chunk("id: é\n\nid: lost\ndata: 1");
  await requests[0].end();
  await clock.advance(1000);
  assert.equal(sent(), bytes("é"));
  assert.ok(new Headers(requests[1].init.headers));
  source.close();
});

test("under auto the id goes to another origin in the query, else in the header", async (t) => {
  const { connect, requests } = network(t, { native: false, page: "http://127.0.0.1:81" });
  await connect({ retry, lastEventId: "a&b" }, `${url}?q=%20+~#x`);
  assert.equal(requests[0].url, `${url}?q=%20+~&lastEventId=a%26b#x`);
  assert.equal(requests[0].init.headers["last-event-id"], undefined);
  await connect({ retry, lastEventId: "1", lastEventIdParam: "since" }, `${url}?since=0`);
  assert.equal(requests[1].url, `${url}?since=1`);
  await connect({ retry, lastEventId: "1", lastEventIdParam: false });
  assert.equal(requests[2].init.headers["last-event-id"], "1");
  await connect({ ...fetching, lastEventId: "1" });
  assert.equal(requests[3].init.headers["last-event-id"], "1");
  await connect({ retry, lastEventId: "1" }, "http://127.0.0.1:81/own");
  assert.equal(requests[4].init.headers["last-event-id"], "1");
});

test("without a page the id goes in the header", async (t) => {
  const { connect, requests } = network(t, { native: false });
  await connect({ retry, lastEventId: "1" });
  assert.equal(requests[0].init.headers["last-event-id"], "1");
});

test("events come with their types, ids and data, whatever they are made of", async (t) => {
  const { connect, requests } = network(t);
  const { source } = await connect({ ...fetching, defaultDecode: "text" });
  const events = [];
  source.onAny(({ type, data, lastEventId }) => events.push([type, data, lastEventId]));
  await requests[0].answer();
  await requests[0].chunk(
    "\ufeffdata: \ufeff1\n\nevent: ü💥\nid: é\ndata: 💥\ndata: ß\n\ndata\n\n: comment\n\n",
  );
  await requests[0].chunk("id: x\n\ndata: 2\n\nid\nevent: ü💥\ndata: 3\n\n");
  await requests[0].chunk(Uint8Array.of(...Buffer.from("data: "), 0xff, 10, 10));
  await requests[0].chunk("event: \ufeffa\ndata: 4\n\n");
  assert.deepEqual(events, [
    ["message", "\ufeff1", ""],
    ["ü💥", "💥\nß", "é"],
    ["message", "", "é"],
    ["message", "2", "x"],
    ["ü💥", "3", ""],
    ["message", "\ufffd", ""],
    ["\ufeffa", "4", ""],
  ]);
});

test("many event types in one chunk do not get mixed up, nor do chunks cut anywhere", async (t) => {
  const { connect, requests } = network(t);
  const { source } = await connect(fetching);
  const events = [];
  source.onAny(({ type, data, lastEventId }) => events.push([type, data, lastEventId]));
  await requests[0].answer();
  const expected = [];
  let text = "";
  for (let n = 0; n < 60; n++) {
    const type = n % 2 ? `ä${(n * 7) % 20}` : "__proto__";
    text += `event: ${type}\nid: ${n >> 2}\ndata: {"n":${n},"s":"é"}\n\n`;
    expected.push([type, { n, s: "é" }, `${n >> 2}`]);
  }
  await requests[0].chunk(text);
  assert.deepEqual(events, expected);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 7) await requests[0].chunk(bytes.subarray(at, at + 7));
  assert.deepEqual(events, [...expected, ...expected]);
});
