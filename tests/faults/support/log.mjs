/** What servers of the tests have to tell: events with the ids 1, 2, 3 … */

/** The data of event `n`, as the test server generates it. */
export const tick = (n) => `{"n":${n},"pad":""}`;

/** The data of an event of another log that uses the same ids. */
export const tock = (n) => `{"n":${n},"log":2}`;

export const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** An event as it is on the wire. */
export const block = (type, id, data) => `event: ${type}\nid: ${id}\ndata: ${data}\n\n`;

/** An event as the page tells of it. */
export const told = (type, id, data) => `${type} ${id} ${data}`;

/** The end of every log: whoever has seen it has seen all that comes before. */
export const end = "event: end\nid: end\ndata: over\n\n";

/** Bytes without sense, always the same ones: so many, by a linear congruential generator. */
export function garbage(count) {
  let state = 1;
  return Buffer.from(
    range(1, count).map(() => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state >>> 24;
    }),
  );
}

/** One number for many texts: FNV-1a over their characters, each text with an end. */
export function digest() {
  let hash = 0x811c9dc5;
  const add = (code) => {
    hash = Math.imul(hash ^ code, 0x01000193);
  };
  return {
    add(text) {
      for (let at = 0; at < text.length; at++) add(text.charCodeAt(at));
      add(10);
    },
    get value() {
      return hash >>> 0;
    },
  };
}
