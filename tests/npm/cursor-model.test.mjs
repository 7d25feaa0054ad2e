/** How far events have been processed, by itself: beside a model that looks through all of them each time. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createCursor } from "../../npm/modules/source/cursor.js";
import { CUT_OFF, DONE, FAILED as FAIL, LEFT, UNWANTED } from "../../npm/modules/source/outcome.js";

const numRuns = Number(process.env.PROPTEST_CASES || 200);

/** How many later events come before one that failed is passed over, and before one that is never done with. */
const FAILED = 1024;
const OPEN = 65_536;

function cursorFrom(start = "") {
  const moved = [];
  const skipped = [];
  const cursor = createCursor(
    start,
    (id) => moved.push(id),
    (id) => skipped.push(id),
  );
  /** Adds an event with so many to wait for; what tells that they are done. */
  const add = (id, waits = 0) => {
    cursor.begin({ ids: [id], at: 0 });
    const marks = Array.from({ length: waits }, () => cursor.hold());
    cursor.end();
    return marks.map((mark) => (outcome) => mark.done(outcome));
  };
  return { cursor, moved, skipped, add };
}

/** All that has come, looked through from the beginning. */
function modelFrom(start) {
  const events = [];
  const isPassed = ({ open, outcomes }, index) => {
    const later = events.slice(index + 1).reduce((sum, { weight = 1 }) => sum + weight, 0);
    if (outcomes.has(CUT_OFF)) return false;
    return later >= (open ? OPEN : outcomes.has(FAIL) || outcomes.has(LEFT) ? FAILED : 0);
  };
  /** The first that holds the processed id where it is. */
  const first = () => {
    const found = events.findIndex((event, index) => !isPassed(event, index));
    return found < 0 ? events.length : found;
  };
  const newest = () => events.at(-1)?.id ?? start;
  return {
    events,
    /** Events that concern nobody count as later ones. */
    rest(id, others) {
      if (others || id !== newest()) events.push({ id, open: 0, outcomes: new Set(), weight: others });
    },
    get processed() {
      return events[first() - 1]?.id ?? start;
    },
    get moved() {
      const ids = [start, ...events.slice(0, first()).map(({ id }) => id)];
      return ids.filter((id, index) => index && id !== ids[index - 1]);
    },
  };
}

const id = fc.constantFrom("", "1", "2", "3", "ü");
const settling = fc.record({
  do: fc.constant("settle"),
  which: fc.nat(),
  outcome: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(DONE, UNWANTED) },
    { weight: 3, arbitrary: fc.constantFrom(LEFT, FAIL) },
    { weight: 1, arbitrary: fc.constant(CUT_OFF) },
  ),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("add"), id, waits: fc.nat(3) }) },
  { weight: 6, arbitrary: settling },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("burst"), id, count: fc.nat(700) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rest"), id, others: fc.nat(700) }) },
);

test("whatever is done in whatever order, the processed id is that of all that is done before", () => {
  const property = fc.property(id, fc.array(step, { maxLength: 60 }), (start, steps) => {
    const { cursor, moved, add } = cursorFrom(start);
    const model = modelFrom(start);
    const unsettled = [];
    const addOne = (id, waits) => {
      const event = { id, open: waits, outcomes: new Set() };
      model.events.push(event);
      for (const done of add(id, waits)) unsettled.push({ event, done });
    };
    for (const step of steps) {
      if (step.do === "add") addOne(step.id, step.waits);
      else if (step.do === "burst") for (let n = 0; n < step.count; n++) addOne(step.id, 0);
      else if (step.do === "rest") {
        cursor.rest(step.id, step.others);
        model.rest(step.id, step.others);
      } else if (unsettled.length) {
        const [{ event, done }] = unsettled.splice(step.which % unsettled.length, 1);
        event.open--;
        event.outcomes.add(step.outcome);
        done(step.outcome);
      }
      assert.equal(cursor.processed, model.processed);
    }
    assert.deepEqual(moved, model.moved);
  });
  fc.assert(property, { numRuns });
});

const runOf = fc.array(
  fc.record({
    id,
    /** How many subscribers are not done with it at once. */
    waits: fc.nat(2),
    /** Whether somebody looks at the cursor meanwhile. */
    isRead: fc.boolean(),
    /** Which subscriber gets it together with others, if one does. */
    taker: fc.option(fc.nat(2), { freq: 2 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test("the events of a run count like events one by one", () => {
  const steps = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("run"), events: runOf }) },
    { weight: 2, arbitrary: settling },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("hand over"), isDone: fc.array(fc.boolean()) }) },
  );
  const property = fc.property(id, fc.array(steps, { maxLength: 40 }), (start, steps) => {
    const { cursor, moved } = cursorFrom(start);
    const model = modelFrom(start);
    const unsettled = [];
    const takers = [0, 1, 2].map(() => ({ marks: [], events: [] }));
    const settle = ({ event, done }, outcome) => {
      event.open--;
      event.outcomes.add(outcome);
      done(outcome);
    };
    for (const step of steps) {
      if (step.do === "run") {
        const run = { ids: step.events.map(({ id }) => id), at: 0 };
        cursor.begin(run);
        for (const [place, { id, waits, isRead, taker }] of step.events.entries()) {
          run.at = place;
          // Until the event is delivered, nobody can see that it will be done at once.
          if (isRead) assert.equal(cursor.processed, model.processed);
          const event = { id, open: waits, outcomes: new Set() };
          for (let n = 0; n < waits; n++) {
            const mark = cursor.hold();
            unsettled.push({ event, done: (outcome) => mark.done(outcome) });
          }
          const taking = takers[taker];
          if (taking) {
            event.open++;
            if (!taking.events.length) cursor.take(taking);
            taking.events.push(event);
          }
          model.events.push(event);
        }
        cursor.end();
      } else if (step.do === "hand over") {
        cursor.handOver();
        for (const [place, taker] of takers.entries()) {
          const events = taker.events.splice(0);
          const marks = taker.marks.splice(0);
          const done = (outcome) => {
            for (const event of events) settle({ event, done() {} }, outcome);
            for (const mark of marks) mark.done(outcome);
          };
          if (step.isDone[place] || !events.length) done(DONE);
          // It is done later, with all of them at once.
          else unsettled.push({ event: { open: 0, outcomes: new Set() }, done: () => done(DONE) });
        }
      } else if (unsettled.length) {
        const [one] = unsettled.splice(step.which % unsettled.length, 1);
        settle(one, step.outcome);
      }
      assert.equal(cursor.processed, model.processed);
    }
    // Some between need not be told, but no others are, and they come in order.
    let rest = model.moved;
    for (const id of moved) {
      assert.ok(rest.includes(id), `${id} in ${rest}`);
      rest = rest.slice(rest.indexOf(id) + 1);
    }
  });
  fc.assert(property, { numRuns });
});

test("a failed event holds for 1,023 later events, and is passed over with the 1,024th", () => {
  const { cursor, skipped, add } = cursorFrom("0");
  const [done] = add("bad", 1);
  done(FAIL);
  for (let n = 1; n < FAILED; n++) add(`${n}`);
  assert.deepEqual([cursor.processed, skipped], ["0", []]);
  add("last");
  assert.deepEqual([cursor.processed, skipped], ["last", ["bad"]]);
});

test("an event that is never done with holds for 65,535 later events, and is passed over with the 65,536th", () => {
  const { cursor, skipped, add } = cursorFrom("0");
  add("open", 1);
  for (let n = 1; n < OPEN; n++) add(`${n}`);
  assert.deepEqual([cursor.processed, skipped], ["0", []]);
  add("last");
  assert.deepEqual([cursor.processed, skipped], ["last", ["open"]]);
});

test("what failed and is open still counts as open", () => {
  const { cursor, skipped, add } = cursorFrom("0");
  const [one, two] = add("half", 2);
  one(FAIL);
  for (let n = 1; n <= FAILED; n++) add(`${n}`);
  assert.deepEqual([cursor.processed, skipped], ["0", []]);
  two(DONE);
  assert.deepEqual([cursor.processed, skipped], [`${FAILED}`, ["half"]]);
});

test("a failure long after does not wait for later events again", () => {
  const { cursor, skipped, add } = cursorFrom();
  const [done] = add("slow", 1);
  for (let n = 1; n <= 2000; n++) add(`${n}`);
  done(FAIL);
  assert.deepEqual([cursor.processed, skipped], ["2000", ["slow"]]);
});

test("each of several failed events is passed over in its own time", () => {
  const { cursor, skipped, add } = cursorFrom("0");
  for (const id of ["a", "b"]) add(id, 1)[0](FAIL);
  for (let n = 1; n < FAILED; n++) add(`${n}`);
  assert.deepEqual([cursor.processed, skipped], ["a", ["a"]]);
  add("last");
  assert.deepEqual([cursor.processed, skipped], ["last", ["a", "b"]]);
});

test("what is done with after it was passed over changes nothing", () => {
  const { cursor, moved, skipped, add } = cursorFrom();
  const [done] = add("open", 1);
  for (let n = 1; n <= OPEN; n++) add(`${n}`);
  const before = moved.length;
  done(DONE);
  assert.deepEqual([cursor.processed, moved.length, skipped], [`${OPEN}`, before, ["open"]]);
});

test("events that share an id move it once", () => {
  const { moved, add } = cursorFrom("1");
  for (const id of ["1", "2", "2", "3"]) add(id);
  assert.deepEqual(moved, ["2", "3"]);
});

test("an event that a reader left holds like one that failed, and nobody is told", () => {
  const { cursor, skipped, add } = cursorFrom("0");
  add("left", 1)[0](LEFT);
  for (let n = 1; n < FAILED; n++) add(`${n}`);
  assert.equal(cursor.processed, "0");
  add("last");
  assert.deepEqual([cursor.processed, skipped], ["last", []]);
});

test("an event that was cut off is never passed over", () => {
  const { cursor, skipped } = cursorFrom("0");
  cursor.begin({ ids: ["cut"], at: 0 });
  cursor.end(true);
  for (let n = 1; n <= OPEN; n++) {
    cursor.begin({ ids: [`${n}`], at: 0 });
    cursor.end();
  }
  assert.deepEqual([cursor.processed, skipped], ["0", []]);
});
