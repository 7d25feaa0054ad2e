import assert from "node:assert/strict";
import { test } from "node:test";
import { insistOnQuiet, inWords, isBusy } from "../../bench/lib/busy.mjs";
import { plans } from "../../bench/lib/plans.mjs";
import { Failure } from "../../scripts/lib/run.mjs";

const quiet = { share: 0.98, others: 0.03 };
const built = { share: 0.98, others: 0.7 };
const shared = { share: 0.82, others: 0.03 };

/** Gives one look after the other, and says how many there were. */
const looks = (...found) => {
  const look = async () => found[Math.min(look.count++, found.length - 1)];
  look.count = 0;
  return look;
};

test("a machine is busy if others work, or if a known load does not get its time", () => {
  assert.deepEqual([quiet, built, shared].map(isBusy), [false, true, true]);
});

test("a run goes on once the machine is quiet", async () => {
  const look = looks(built, shared, quiet);
  assert.equal(await insistOnQuiet(look, 3, "before anything was measured"), quiet);
  assert.equal(look.count, 3);
});

test("a run on a machine that stays busy is refused, and told what to do", async () => {
  const look = looks(quiet, built);
  await look();
  await assert.rejects(insistOnQuiet(look, 3, "after the group cold"), (error) => {
    // A sentence for a person, without a stack.
    assert.ok(error instanceof Failure);
    assert.ok(error.message.includes("after the group cold"), error.message);
    assert.ok(error.message.includes(inWords(built)), error.message);
    assert.match(error.message, /70 % of a processor/);
    assert.match(error.message, /End the other programs/);
    return true;
  });
  assert.equal(look.count, 4);
});

test("the plans whose numbers are written down refuse a busy machine", () => {
  const insisting = Object.keys(plans).filter((plan) => plans[plan].insists);
  assert.deepEqual(insisting, ["full", "quick"]);
});
