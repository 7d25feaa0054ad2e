/** This package, as its users have it. */
import { connect } from "typed-eventsource";
import { types } from "../types.mjs";

export const ours = (options) => (url, tally, done) => {
  const source = connect(url, options);
  const take = (event) => tally.take(event.data);
  for (const type of types) source.on(type, take);
  source.on("end", done);
  return source;
};

/** Events in arrays, as they come together: an array for each type, which has gaps therefore. */
export const oursInArrays = (options) => (url, tally, done) => {
  const source = connect(url, options);
  for (const type of types) {
    const take = tally.takerOfOneType();
    const takeAll = (events) => {
      for (const event of events) take(event.data);
    };
    source.on(type, takeAll, { batch: true });
  }
  // In an array too: one by one, it would come before the arrays of its chunk.
  source.on("end", done, { batch: true });
  return source;
};

/** Nobody listens to what comes; that it came is counted. */
export function oursUnheard(url, _tally, done) {
  const source = connect(url, { transport: "fetch" });
  source.on("end", done);
  // All but the last one.
  return { close: source.close, result: () => ({ events: source.stats.events - 1 }) };
}

/** So many types have a handler, of which those that come were the last to get one. */
export const oursWithTypes = (count) => (url, tally, done) => {
  const source = connect(url, { transport: "fetch" });
  const take = (event) => tally.take(event.data);
  for (let number = types.length; number < count; number++) source.on(`type ${number}`, take);
  for (const type of types) source.on(type, take);
  source.on("end", done);
  return source;
};
