/** A source that lets the server wait for slow readers, over the real engine. */

import { network, settle } from "./network.mjs";

/** A chunk with so many events, whose data and ids count up from `first`. */
export const chunkOf = (count, first = 1) =>
  Array.from({ length: count }, (_, n) => `event: a\nid: ${first + n}\ndata: ${first + n}\n\n`).join("");

/** The source, which holds the stream back while `limit` events wait that have at least three characters of text; and `open`, which answers the newest request. */
export async function held(t, { limit = 2, holdMs, ...options } = {}) {
  const net = network(t);
  const buffer = { limitBytes: 103 * limit, overflow: "backpressure", holdMs };
  const { source, states } = await net.connect({ ...options, buffer });
  t.after(() => source.close());
  const errors = [];
  source.onError((error) => errors.push(error));
  const open = async () => {
    const request = net.requests.at(-1);
    await request.answer();
    return request;
  };
  return { ...net, source, states, errors, open };
}

/** Reads one event, and lets the source find out. */
export async function take(iterator) {
  const { value } = await iterator.next();
  await settle();
  return value.data;
}
