/** The engine where the application's word on a failure takes a while. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ONLINE } from "../../npm/modules/engine/codes.js";
import { createEngines } from "../../npm/modules/engine/engine.js";
import { settings } from "../../npm/modules/options/settings.js";
import { network, settle, url } from "./support/network.mjs";

/** An engine whose host is asked; `answer` says what it answers to the oldest question. */
function engine(t, options) {
  const all = network(t);
  const states = [];
  const asked = [];
  const chunks = [];
  const host = {
    stats: { attempts: 0, opened: 0, replays: 0 },
    batch: ({ count }) => chunks.push(count),
    changed: (state) => states.push([state.status, state.reason ?? state.cause?.code].join(" ").trim()),
    shouldRetry: (failed) => new Promise((resolve, reject) => asked.push([failed, resolve, reject])),
  };
  const set = settings({ retry: { initialMs: 1000, maxMs: 0 }, ...options }, url);
  let befalls;
  const watch = (watcher) => {
    befalls = watcher;
    return () => {};
  };
  const it = createEngines(all.exports, watch)(host, url, set);
  t.after(() => it.close());
  it.start();
  const answer = async (word) => {
    asked.shift()[1](word);
    await settle();
  };
  const fail = async (reason) => {
    asked.shift()[2](reason);
    await settle();
  };
  return { ...all, states, asked, chunks, it, befalls, answer, fail };
}

const fetching = { transport: "fetch" };

for (const [word, state] of [
  [undefined, "closed fatal"],
  [false, "closed fatal"],
  [true, "reconnecting status"],
])
  test(`it waits for the word, which is ${word}`, async (t) => {
    const { requests, states, asked, answer, clock } = engine(t, fetching);
    await requests[0].answer({ status: 404 });
    assert.deepEqual([states, asked.length, requests[0].aborted], [[], 1, true]);
    const [[{ attempt, retryable, cause }]] = asked;
    assert.deepEqual([attempt, retryable, cause.status], [1, false, 404]);
    await clock.advance(60_000);
    assert.deepEqual([states, asked.length], [[], 1], "no time is over meanwhile");
    await answer(word);
    assert.deepEqual(states, [state]);
  });

test("nothing is heard of a connection that has failed while the word is waited for", async (t) => {
  const { requests, states, asked, chunks, answer } = engine(t, { ...fetching, eventLimit: 10 });
  await requests[0].answer();
  await requests[0].chunk(`data: 1\n\ndata: ${"9".repeat(50)}\n\n`);
  await requests[0].chunk("data: 2\n\n");
  assert.deepEqual([chunks.length, asked.length, requests[0].cancelled], [1, 1, true]);
  await answer(undefined);
  assert.deepEqual(states, ["open", "closed fatal"]);
});

test("what failed cannot fail again while the word is waited for", async (t) => {
  const { states, asked, answer, befalls, clock } = engine(t, { ...fetching, connectTimeoutMs: 500 });
  await clock.advance(501);
  assert.equal(asked.length, 1);
  // Whatever happens has the clock looked at.
  befalls(ONLINE);
  await clock.advance(60_000);
  assert.equal(asked.length, 1);
  await answer(undefined);
  assert.deepEqual(states, ["reconnecting timeout"]);
});

test("a word that comes after another connection was asked for is not heard", async (t) => {
  const { requests, states, it, answer } = engine(t, fetching);
  await requests[0].answer({ status: 404 });
  it.reconnect();
  await settle();
  assert.equal(requests.length, 2);
  await answer(false);
  await requests[1].answer();
  assert.deepEqual(states.at(-1), "open");
  assert.ok(!states.join().includes("closed"), `${states}`);
});

test("a word that comes after close() is not heard", async (t) => {
  const { requests, states, it, answer, clock } = engine(t, fetching);
  await requests[0].answer({ status: 503 });
  it.close();
  await answer(true);
  await clock.advance(60_000);
  assert.deepEqual([states, requests.length, clock.timers], [[], 1, 0]);
});

test("over EventSource the browser is left alone meanwhile, and may be quicker than the word", async (t) => {
  // So that it is the browser that reconnects.
  const { natives, states, asked, it, answer } = engine(t, {
    transport: "eventsource",
    lastEventIdParam: false,
  });
  it.listen("message", true);
  natives[0].open();
  natives[0].send("message", "1", "7");
  natives[0].lose();
  await settle();
  assert.deepEqual([states, asked.length, natives[0].readyState === 2], [["open"], 1, false]);
  await answer(true);
  assert.deepEqual(states, ["open", "reconnecting network"]);
  natives[0].open();
  natives[0].lose();
  natives[0].open();
  await answer(false);
  assert.deepEqual(states, ["open", "reconnecting network", "open"]);
  assert.equal(natives[0].readyState === 2, false);
});

test("what the browser gives up on while the word is waited for is asked about anew, and not lost", async (t) => {
  for (const word of [true, undefined]) {
    const { natives, requests, states, asked, it, answer, clock } = engine(t, {
      connectTimeoutMs: Infinity,
      retry: undefined,
    });
    it.listen("message", true);
    natives[0].open();
    natives[0].lose();
    // It tries again in vain, which is the same question.
    natives[0].lose();
    natives[0].giveUp();
    await settle();
    assert.deepEqual(
      asked.map(([{ cause }]) => cause.code),
      ["network", "refused"],
    );
    // The first question is void, whatever comes of it.
    await answer(false);
    assert.deepEqual(states, ["open"]);
    await answer(word);
    assert.deepEqual(states, ["open", "reconnecting refused"]);
    await clock.advance(3000);
    assert.equal(requests.length, 1, "it goes on over fetch");
    it.close();
  }
});

test("an answer that fails is no word", async (t) => {
  for (const [status, state] of [
    [503, "reconnecting status"],
    [404, "closed fatal"],
  ]) {
    const { requests, states, fail } = engine(t, fetching);
    await requests[0].answer({ status });
    assert.deepEqual(states, []);
    await fail(Object.create(null));
    assert.deepEqual(states, [state]);
  }
});

test("an answer that fails about what the browser has lost leaves that to the browser", async (t) => {
  const { natives, states, fail, it } = engine(t, { transport: "eventsource", lastEventIdParam: false });
  it.listen("message", true);
  natives[0].open();
  natives[0].send("message", "1", "7");
  natives[0].lose();
  await fail(new Error("no answer"));
  assert.deepEqual(states, ["open", "reconnecting network"]);
  assert.notEqual(natives[0].readyState, 2);
});
