import assert from "node:assert/strict";
import { test } from "node:test";
import { open, opened, recorded, reports } from "./support/fake-engine.mjs";

const statuses = (states) => states.map(({ status }) => status);
const recordedNow = ({ source }) => recorded((note) => source.onState(note, { now: true }));

test("with `now` a handler of states begins with the present one, at once", async () => {
  const all = open();
  const states = recordedNow(all);
  assert.deepEqual(states, [{ status: "connecting", attempt: 1 }]);
  assert.equal(states[0], all.source.state);
  await all.ready;
  all.server.state("open", { transport: "fetch", resumedFrom: "" });
  assert.deepEqual(statuses(recordedNow(all)), ["open"]);
  all.source.close();
  assert.deepEqual(statuses(states), ["connecting", "open", "closed"]);
});

test("without it a handler of states gets changes only", async () => {
  const { source } = await opened();
  const states = [
    recorded((note) => source.onState(note)),
    recorded((note) => source.onState(note, {})),
    recorded((note) => source.onState(note, { now: false })),
  ];
  source.close();
  assert.deepEqual(states.map(statuses), [["closed"], ["closed"], ["closed"]]);
});

test("on a closed source the handler gets that, and nothing else", async () => {
  const all = await opened();
  all.source.close();
  assert.deepEqual(statuses(recordedNow(all)), ["closed"]);
});

test("in a handler, no state comes twice, late or out of order", async () => {
  const { source, server } = await opened();
  const seen = [];
  source.onState((state) => {
    if (state.status !== "open") return;
    source.onState(({ status }) => seen.push(status), { now: true });
    assert.deepEqual(seen, []);
    source.close();
    assert.equal(source.state.status, "closed");
  });
  server.state("open", { transport: "fetch" });
  assert.deepEqual(seen, ["open", "closed"]);
});

test("a handler that is gone before its turn is not called", async () => {
  const { source, server } = await opened();
  const seen = [];
  source.on("a", () => source.onState((state) => seen.push(state), { now: true }).unsubscribe());
  server.message("a", "1");
  source.onState((state) => seen.push(state), { now: true }).unsubscribe();
  source.close();
  assert.deepEqual(statuses(seen), ["connecting"]);
});

test("a handler that throws at its first state is reported, and gets the next", async (t) => {
  const reported = reports(t);
  const { source } = await opened();
  let calls = 0;
  source.onState(
    () => {
      if (!calls++) throw new Error("from a handler");
    },
    { now: true },
  );
  source.close();
  assert.deepEqual([reported.map(({ message }) => message), calls], [["from a handler"], 2]);
});

test("a handler has to be a function", async () => {
  const { source } = await opened();
  assert.throws(() => source.onState(undefined, { now: true }), TypeError);
});
