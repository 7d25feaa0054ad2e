/** What every contestant does with an event's data: it counts and sums up, and watches their order. */

/** The data's own numbers begin here in each lap of the stream. */
const first = 1000;

/** Of so many events at the beginning of a lap, each type has one. */
const start = 30;

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
    /** For a consumer that gets the types apart: with each of them the numbers rise, until a lap begins anew. */
    takerOfOneType() {
      let last = 0;
      return (data) => {
        events++;
        sum += data.check;
        if (data.n <= last && data.n >= first + start) outOfTurn++;
        last = data.n;
      };
    },
    result: () => ({ events, sum, outOfTurn }),
  };
}
