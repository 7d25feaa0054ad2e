import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSourceError } from "../../dist/index.js";
import { createSource } from "../../npm/modules/source/source.js";
import { opened, recorded, reports, url } from "./support/fake-engine.mjs";

/** A source that has closed by a failure, after the test has subscribed as it likes; gives the failure and what was reported. */
async function failed(t, subscribe = () => {}, closed = { reason: "fatal" }) {
  const reported = reports(t);
  const all = await opened({}, url, { isWatched: false });
  const kept = subscribe(all.source);
  const cause = new EventSourceError("status", "the server answered with status 404", { status: 404 });
  all.server.state("closed", { cause, ...closed });
  return { ...all, cause, reported, kept };
}

for (const reason of ["fatal", "refused", "attempts-exhausted", "start-failed", "ended"])
  test(`a failure that nobody is told is reported once: ${reason}`, async (t) => {
    const { source, cause, reported } = await failed(t, () => {}, { reason });
    source.close();
    assert.deepEqual(reported, [cause]);
    assert.equal(reported[0], source.state.cause);
  });

for (const reason of ["closed", "aborted", "no-content", "ended"])
  test(`an end that is no failure is not reported: ${reason}`, async (t) => {
    const { reported } = await failed(t, () => {}, { reason, cause: undefined });
    assert.deepEqual(reported, []);
  });

test("a handler of states is told, and nothing is reported", async (t) => {
  const { reported, kept } = await failed(t, (source) => recorded((note) => source.onState(note)));
  assert.equal(kept.length, 1);
  assert.deepEqual(reported, []);
});

test("a handler of errors is told if no handler of states is", async (t) => {
  const errors = await failed(t, (source) => recorded((note) => source.onError(note)));
  assert.deepEqual([errors.kept, errors.reported], [[errors.cause], []]);
  const both = await failed(t, (source) => {
    source.onState(() => {});
    return recorded((note) => source.onError(note));
  });
  assert.deepEqual([both.kept, both.reported], [[], []]);
});

test("an open reader is told, and nothing is reported", async (t) => {
  const { reported, kept, cause } = await failed(t, (source) => source.events("a"));
  await assert.rejects(kept.next(), cause);
  assert.deepEqual(reported, []);
});

test("handlers and readers that are gone do not count", async (t) => {
  const { reported, cause } = await failed(t, (source) => {
    source.onState(() => {}).unsubscribe();
    source.onError(() => {}).unsubscribe();
    source.events("a").return();
  });
  assert.deepEqual(reported, [cause]);
});

test("handlers of events are not told, be they ever so many", async (t) => {
  const { reported, cause } = await failed(t, (source) => {
    source.on("a", () => {});
    source.onAny(() => {});
    source.onGap(() => {});
  });
  assert.deepEqual(reported, [cause]);
});

test("an engine that does not start is reported", async (t) => {
  const reported = reports(t);
  const source = createSource(() => Promise.reject(new Error("no wasm")), url, {});
  while (source.state.status !== "closed") await undefined;
  assert.deepEqual(reported, [source.state.cause]);
  assert.match(reported[0].message, /cannot start the engine: no wasm/);
});
