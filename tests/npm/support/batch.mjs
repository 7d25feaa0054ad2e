/** Batches as the wasm makes them of a chunk. */

const END = "\r";

/** A batch of events `[type, data, id?]`, all of them wanted. */
export function batch(events, { origin, lastEventId }) {
  const types = new Map();
  const names = [];
  const numbers = [];
  let last;
  const bytes = (text) => Buffer.byteLength(text);
  for (const [index, [type, data, id = ""]] of events.entries()) {
    const known = types.get(type);
    if (!known) {
      types.set(type, types.size + 1);
      names.push(type);
    }
    if (id !== last) names.push(id);
    numbers.push(index, types.get(type), id === last ? 0 : bytes(id) + 1, 2 * bytes(data));
    last = id;
  }
  const data = events.map(([, data]) => data + END).join(",");
  const wanted = {
    names: names.map((name) => name + END).join("") + (lastEventId ?? ""),
    data,
    numbers: Uint32Array.from(numbers),
  };
  const size = bytes(wanted.names) + bytes(wanted.data);
  return { wanted: { ...wanted, size }, count: events.length, origin, lastEventId };
}
