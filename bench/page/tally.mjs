/** What every contestant does with an event's data: it counts and sums up, and watches their order. */

/** The data's own numbers begin here in each lap of the stream. */
const first = 1000;

export function createTally() {
  let events = 0;
  let sum = 0;
  let outOfTurn = 0;
  let last = 0;
  return {
    take(data) {
      events++;
      sum += data.check;
      if (data.n !== last + 1 && data.n !== first) outOfTurn++;
      last = data.n;
    },
    result: () => ({ events, sum, outOfTurn }),
  };
}
