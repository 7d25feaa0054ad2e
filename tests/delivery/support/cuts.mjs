/** Where a stream is cut: places that look like chance and follow from a seed. */

import { block } from "./ticks.mjs";

/** Numbers from 0 to 1: the generator "mulberry32". */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The places in an event between the bytes of a line end. */
const lineEnds = (text) => [...text.matchAll(/\r\n/g)].map(({ index }) => index + 1);

/** The places in an event within the name of a field. */
const names = (text) => [...text.matchAll(/\b(?:event|data|id):/g)].map(({ index }) => index + 1);

/** So many events at least lie between two cuts, so that every attempt brings some. */
const apart = 50;

/**
 * Gives `count` cuts in ascending order: `after` so many whole events and `bytes` of the next one. A quarter is
 * in line ends, a quarter in names of fields, where chance alone would seldom be; the rest is anywhere, the place
 * between two events included. Half of them, by chance, `end` the response cleanly, the others break it off.
 */
export function cutPlaces(seed, count, script) {
  const next = random(seed);
  const below = (limit) => Math.floor(next() * limit);
  // The beginning and the end are no cuts.
  const taken = [0, script.to];
  while (taken.length < count + 2) {
    const place = below(script.to);
    if (taken.every((other) => Math.abs(other - place) >= apart)) taken.push(place);
  }
  return taken
    .slice(2)
    .sort((a, b) => a - b)
    .map((after, index) => {
      const text = block(after + 1, script);
      const places = [lineEnds(text), names(text)][index % 4] ?? [...text].map((_, at) => at);
      return { after, bytes: places[below(places.length)], end: next() < 0.5 ? "abort" : "close" };
    });
}

/** The last event ID of whoever got all up to a cut. */
export function lastWhole({ after, bytes }, script) {
  // [spec] A CR ends a line by itself: the LF that is missing then changes nothing.
  const complete = bytes >= block(after + 1, script).length - 1;
  return after + Number(complete);
}
