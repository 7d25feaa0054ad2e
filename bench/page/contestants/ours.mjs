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
