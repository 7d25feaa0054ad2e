/** Events that wait: what they take is looked at from outside. */
import { connect } from "typed-eventsource";
import { types } from "./types.mjs";

/** What keeps it from being collected: the page is loaded anew for each. */
const held = [];

export const queued = {
  /** The browser's events, in an array. */
  async native(data, laps) {
    const events = [];
    await new Promise((resolve) => {
      const source = new EventSource(`/streams/${data}?laps=${laps}`);
      for (const type of types) source.addEventListener(type, (event) => events.push(event));
      source.addEventListener("end", () => {
        source.close();
        resolve();
      });
    });
    held.push(events);
    return events.length;
  },

  /** Ours, in the queue of a stream that nobody reads. */
  async ours(data, laps) {
    const source = connect(`/streams/${data}?laps=${laps}`, {
      transport: "fetch",
      buffer: { limitBytes: 2 ** 30 },
    });
    const events = source.events(...types);
    await new Promise((resolve) => source.on("end", resolve));
    // All but the last one. Not closed: that would be the end of the queue.
    const count = source.stats.events - 1;
    held.push(source, events);
    return count;
  },
};
