/** A page that reads one stream after the other, several at a time, and keeps nothing of them but counts. */

import { connect } from "/dist/index.js";

/**
 * Reads a stream of the numbers from 1 to its end, or until it has so many, and gives what became of them.
 *
 * @param bytes - how long the data of each event is
 */
globalThis.play = ({ url, options, bytes, leaveAt = Number.POSITIVE_INFINITY }) =>
  new Promise((resolve) => {
    const seen = { received: 0, lost: 0, doubled: 0, wrong: 0, late: 0, losses: 0, errors: [] };
    const source = connect(url, { decode: { end: "text" }, ...options });
    let next = 1;
    let isOver = false;
    const finish = (end) => {
      isOver = true;
      source.close();
      // What comes after that, if anything does, has come until then.
      globalThis.watch.moment(0).then(() => resolve({ ...seen, last: next - 1, end }));
    };
    source.onState(({ status, reason }) => {
      if (status === "reconnecting") seen.losses++;
      if (status === "closed" && !isOver) finish(`closed: ${reason}`);
    });
    source.onError(({ code, message }) => {
      seen.errors.push(`${code}: ${message}`);
      if (!isOver) finish("error");
    });
    source.on("tick", ({ data: { n }, raw, lastEventId }) => {
      if (isOver) seen.late++;
      seen.received++;
      if (raw.length !== bytes || lastEventId !== `${n}`) seen.wrong++;
      if (n < next) {
        seen.doubled++;
        return;
      }
      seen.lost += n - next;
      next = n + 1;
      if (n === leaveAt) finish("left");
    });
    source.on("end", () => finish("end"));
  });

globalThis.tell(JSON.stringify({ ready: true }));
