/** When the next chunk is read, and when events of the browser's EventSource are handed over. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, replace, settle } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";

const event = (n) => `id: ${n}\nevent: a\ndata: ${n}\n\n`;

/** An open stream with this delivery; `seen` has the data of its events. */
async function streaming(t, delivery, options = {}) {
  const net = network(t);
  const { source, states } = await net.connect({ transport: "fetch", delivery, ...options });
  while (!net.requests.length) await settle();
  const seen = [];
  source.on("a", ({ data }) => seen.push(data));
  const [request] = net.requests;
  await request.answer();
  return { ...net, source, states, seen, request };
}

/** Frames that the test draws, from now until the source is closed. */
function frames(t) {
  const wanted = new Map();
  let last = 0;
  replace(t, {
    requestAnimationFrame(task) {
      wanted.set(++last, task);
      return last;
    },
    cancelAnimationFrame: (id) => wanted.delete(id),
  });
  return {
    get wanted() {
      return wanted.size;
    },
    async draw() {
      const tasks = [...wanted.values()];
      wanted.clear();
      for (const task of tasks) task();
      await settle();
    },
  };
}

test("auto: at a low rate every chunk is read at once", async (t) => {
  const { request, seen, clock } = await streaming(t, "auto");
  for (let n = 1; n <= 50; n++) {
    await request.chunk(event(n));
    assert.equal(seen.length, n);
    await clock.advance(4);
  }
});

test("auto: at a high rate what comes within 32 ms comes together", async (t) => {
  const { request, seen, clock } = await streaming(t, "auto");
  let wakes = 0;
  for (let ms = 1, n = 0; ms <= 960; ms++) {
    const before = seen.length;
    await request.chunk(event(++n) + event(++n));
    await clock.advance(1);
    if (seen.length > before) wakes++;
  }
  assert.ok(wakes >= 30 && wakes <= 45, `${wakes} wake-ups in 960 ms`);
  assert.ok(seen.length > 1850, `${seen.length} of 1,920 have come`);
});

test("auto: of a burst after a silence the first is not kept waiting, and none longer than 32 ms", async (t) => {
  const { request, seen, clock } = await streaming(t, "auto");
  for (let round = 0; round < 20; round++) {
    await clock.advance(500);
    seen.length = 0;
    for (let n = 1; n <= 9; n++) await request.chunk(event(n));
    assert.deepEqual(seen, [1, 2, 3, 4]);
    await clock.advance(31);
    assert.deepEqual(seen, [1, 2, 3, 4]);
    await clock.advance(1);
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

test("auto: it leaves off when the rate has come down, although something comes in each interval", async (t) => {
  const { request, seen, clock } = await streaming(t, "auto");
  const every = async (ms, chunks) => {
    let late = 0;
    for (let n = 0; n < chunks; n++) {
      const before = seen.length;
      await request.chunk(event(1));
      if (seen.length === before) late++;
      await clock.advance(ms);
    }
    return late;
  };
  assert.ok((await every(1, 200)) > 150);
  await every(5, 200);
  assert.equal(await every(5, 200), 0);
});

test("what waits comes in one piece before the end", async (t) => {
  const { request, source, states, clock } = await streaming(t, { everyMs: 50 });
  const rows = [];
  source.on("b", ({ data }) => rows.push(data, states.at(-1).status));
  await request.chunk(event(1));
  await request.chunk("event: b\nda");
  await request.chunk("ta: 2\n");
  await request.chunk("\nevent: b\ndata: 3\n\n");
  await request.end();
  await clock.advance(50);
  assert.deepEqual(rows, [2, "open", 3, "open"]);
  assert.equal(states.at(-1).cause.code, "end-of-stream");
});

test("what was read before a failure is handed over before it", async (t) => {
  const { request, seen, states, clock } = await streaming(t, { everyMs: 50 });
  await request.chunk(event(1));
  await request.chunk(event(2));
  await clock.advance(50);
  // Read while it waits.
  await request.chunk(event(3));
  await request.break();
  assert.deepEqual(seen, [1, 2]);
  await clock.advance(50);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(states.at(-1).cause.code, "network");
});

test("auto: a flood is read on at once", async (t) => {
  const { request, seen, clock } = await streaming(t, "auto");
  const large = `event: a\ndata: "${"x".repeat(32_768)}"\n\n`;
  for (let n = 1; n <= 50; n++) await request.chunk(n % 5 ? large : event(n));
  assert.equal(seen.length, 50);
  assert.ok(!clock.delays.includes(32));
});

test("frame: each read waits for the frame after the chunk before", async (t) => {
  const { request, seen, clock } = await streaming(t, "frame");
  const { draw, ...frame } = frames(t);
  await clock.advance(1000);
  const { timers } = clock;
  await request.chunk(event(1));
  assert.deepEqual(seen, [1]);
  await request.chunk(event(2) + event(3));
  assert.deepEqual(seen, [1]);
  await draw();
  await clock.advance(0);
  assert.deepEqual(seen, [1, 2, 3]);
  await draw();
  await clock.advance(0);
  assert.deepEqual([clock.timers, frame.wanted], [timers, 0], "nothing is left behind");
});

test("frame: where none is drawn, a timer says when", async (t) => {
  const { request, seen, clock } = await streaming(t, "frame");
  const frame = frames(t);
  await request.chunk(event(1));
  await request.chunk(event(2));
  assert.equal(frame.wanted, 1);
  await clock.advance(31);
  assert.deepEqual(seen, [1]);
  await clock.advance(1);
  assert.deepEqual(seen, [1, 2]);
});

test("frame: without frames at all, as in Node, it is the timer", async (t) => {
  const { request, seen, clock } = await streaming(t, "frame");
  await request.chunk(event(1));
  await request.chunk(event(2));
  await clock.advance(32);
  assert.deepEqual(seen, [1, 2]);
});

test("everyMs: each read waits so long, however large the chunk", async (t) => {
  const { request, seen, clock } = await streaming(t, { everyMs: 100 });
  await request.chunk(`event: a\ndata: "${"x".repeat(100_000)}"\n\n`);
  await request.chunk(event(2));
  await clock.advance(99);
  assert.equal(seen.length, 1);
  await clock.advance(1);
  assert.equal(seen.length, 2);
});

test("immediate: nothing waits", async (t) => {
  const { request, seen } = await streaming(t, "immediate");
  for (let n = 1; n <= 50; n++) await request.chunk(event(n));
  assert.equal(seen.length, 50);
});

test("close() ends the wait, and leaves no timer and no frame", async (t) => {
  const { source, request, clock, seen } = await streaming(t, "frame");
  const frame = frames(t);
  await request.chunk(event(1));
  await request.chunk(event(2));
  source.close();
  await settle();
  assert.deepEqual([clock.timers, frame.wanted, request.aborted, request.cancelled], [0, 0, true, true]);
  await clock.advance(100);
  assert.deepEqual(seen, [1]);
});

test("reconnect() ends the wait: the new connection begins at once, and goes on after what was read", async (t) => {
  const { source, request, requests, seen } = await streaming(t, "frame");
  const frame = frames(t);
  await request.chunk(event(1));
  await request.chunk(event(2));
  source.reconnect();
  await settle();
  assert.deepEqual([request.aborted, requests.length, frame.wanted], [true, 2, 0]);
  assert.equal(requests[1].init.headers["last-event-id"], "1");
  await requests[1].answer();
  await requests[1].chunk(event(2));
  assert.deepEqual(seen, [1, 2]);
});

test("the end and a failure are seen when the wait is over", async (t) => {
  for (const [fail, code] of [
    ["end", "end-of-stream"],
    ["break", "network"],
  ])
    await t.test(code, async (t) => {
      const { request, states, clock } = await streaming(t, { everyMs: 50 });
      await request.chunk(event(1));
      await request[fail]();
      await clock.advance(49);
      assert.equal(states.at(-1).status, "open");
      await clock.advance(1);
      assert.equal(states.at(-1).cause.code, code);
    });
});

test("what is not read is not silent; from then on it is", async (t) => {
  const { request, states, clock } = await streaming(t, { everyMs: 10_000 }, { idleMs: 1000 });
  await request.chunk(event(1));
  await clock.advance(10_999);
  assert.equal(states.at(-1).status, "open");
  await clock.advance(1);
  assert.equal(states.at(-1).cause.code, "idle");
});

test("a slow reader holds the stream back beside the pace", async (t) => {
  const buffer = { limitBytes: 100, overflow: "backpressure" };
  const { source, request, clock } = await streaming(t, { everyMs: 50 }, { buffer });
  const slow = source.events("a");
  await request.chunk(event(1));
  await request.chunk(event(2));
  await clock.advance(1000);
  assert.equal(request.unread, 1);
  await slow.next();
  await settle();
  assert.equal(request.unread, 0);
});

/** What befalls a page that is hidden, or no longer. */
const fates = {
  "is seen": (page) => page.show(),
  "goes offline": (page) => page.offline(),
  "is online": (page) => page.online(),
  "wakes up": (page) => page.resume(),
};

for (const [fate, befall] of Object.entries(fates))
  test(`the wait is over when the page ${fate}`, async (t) => {
    const page = fakePage(t, { hidden: true });
    const { source, request, seen, clock } = await streaming(t, { everyMs: 60_000 });
    await request.chunk(event(1));
    await request.chunk(event(2));
    assert.deepEqual(seen, [1]);
    befall(page);
    await settle();
    await clock.advance(0);
    assert.deepEqual(seen, [1, 2]);
    source.close();
    assert.equal(clock.timers, 0);
  });

test("the wait of another source is over too, and one that is closed has none", async (t) => {
  const page = fakePage(t);
  const { request, requests, seen, source, clock, connect } = await streaming(t, { everyMs: 60_000 });
  const other = await connect({ transport: "fetch", delivery: { everyMs: 60_000 } });
  await requests[1].answer();
  const heard = [];
  other.source.on("a", ({ data }) => heard.push(data));
  for (const { chunk } of [request, requests[1]]) {
    await chunk(event(1));
    await chunk(event(2));
  }
  source.close();
  page.hide();
  await settle();
  await clock.advance(0);
  assert.deepEqual([seen, heard], [[1], [1, 2]]);
});

test("a stream that was not read before a sleep has to show that it lives, and is not kept waiting then", async (t) => {
  const page = fakePage(t, { hidden: true });
  const { request, requests, seen, states, clock } = await streaming(t, { everyMs: 60_000 });
  await request.chunk(event(1));
  await clock.advance(10_000);
  await request.chunk(event(2));
  page.resume();
  await settle();
  assert.deepEqual(seen, [1, 2]);
  // What was there, however often it came, proves nothing.
  await clock.advance(200);
  await request.chunk(event(3));
  assert.deepEqual(seen, [1, 2, 3]);
  await clock.advance(799);
  assert.equal(states.at(-1).status, "open");
  await clock.advance(501);
  assert.deepEqual(
    states.map(({ status, cause }) => [status, cause?.code]),
    [
      ["open", undefined],
      ["reconnecting", "wake"],
      ["connecting", undefined],
    ],
  );
  assert.equal(requests[1].init.headers["last-event-id"], "3");
});

test("one that shows it is kept, and waits again a second later", async (t) => {
  const page = fakePage(t, { hidden: true });
  const { request, seen, states, clock } = await streaming(t, { everyMs: 60_000 });
  await request.chunk(event(1));
  page.resume();
  await clock.advance(500);
  for (const n of [2, 3]) await request.chunk(event(n));
  assert.deepEqual(seen, [1, 2, 3]);
  await clock.advance(500);
  for (const n of [4, 5]) await request.chunk(event(n));
  assert.deepEqual(seen, [1, 2, 3, 4]);
  await clock.advance(60_000);
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  assert.deepEqual(
    states.map(({ status }) => status),
    ["open"],
  );
});

for (const delivery of ["auto", "frame"])
  test(`${delivery}: a hidden page is not paced, since its timers go off once a second`, async (t) => {
    const page = fakePage(t);
    page.hide();
    const { request, seen } = await streaming(t, delivery);
    for (let n = 1; n <= 100; n++) {
      await request.chunk(event(n));
      assert.equal(seen.length, n);
    }
  });

test("frame: over EventSource a hidden page is not paced either", async (t) => {
  const page = fakePage(t);
  page.hide();
  const { connect, natives } = network(t);
  const { source } = await connect({ transport: "eventsource", delivery: "frame" });
  const seen = [];
  source.on("a", ({ data }) => seen.push(data));
  natives[0].open();
  for (let n = 1; n <= 100; n++) {
    natives[0].send("a", `${n}`, `${n}`);
    assert.equal(seen.length, n);
  }
});

test("an interval of the application's own is waited for in a hidden page, too", async (t) => {
  const page = fakePage(t);
  page.hide();
  const { request, seen, clock } = await streaming(t, { everyMs: 50 });
  await request.chunk(event(1));
  await request.chunk(event(2));
  await request.chunk(event(3));
  assert.equal(seen.length, 1);
  await clock.advance(60);
  assert.equal(seen.length, 3);
});
