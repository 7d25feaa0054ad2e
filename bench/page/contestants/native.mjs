/** The browser itself. */
import { types } from "../types.mjs";

/** The measure of all: EventSource, and `JSON.parse` for each event. */
export function native(url, tally, done) {
  const source = new EventSource(url);
  const take = (event) => tally.take(JSON.parse(event.data));
  for (const type of types) source.addEventListener(type, take);
  source.addEventListener("end", done);
  return source;
}

/** Nobody listens to what comes. */
export function nativeUnheard(url, _tally, done) {
  const source = new EventSource(url);
  source.addEventListener("end", done);
  return source;
}

/** The limit of all: reads the bytes, and does nothing with them. It counts them, and their ends. */
export async function bytesOnly(url, _tally, done) {
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  const reader = response.body.getReader();
  let bytes = 0;
  const read = async () => {
    // The event `end` is the shortest that can come, and ends the last chunk.
    const end = new TextEncoder().encode("event: end\ndata: {}\n\n");
    for (;;) {
      const { value } = await reader.read();
      if (!value) return;
      bytes += value.length;
      const tail = value.subarray(-end.length);
      if (tail.length === end.length && tail.every((byte, at) => byte === end[at])) return done();
    }
  };
  // The end of the run breaks it off.
  read().catch(() => {});
  return { close: () => controller.abort(), result: () => ({ bytes }) };
}
