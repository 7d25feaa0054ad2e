/** A source over fetch that is open, and what its handlers and its errors tell. */

import assert from "node:assert/strict";
import { network } from "./network.mjs";

const block = (type, data, id) => `${id === undefined ? "" : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`;

/** A source over fetch that is open; `chunk` brings it blocks `[type, data, id?]`. */
export async function streaming(t, options) {
  const { connect, requests } = network(t);
  const { source } = await connect({ transport: "fetch", ...options });
  const request = requests.pop();
  const chunk = (...blocks) => request.chunk(Buffer.from(blocks.map((values) => block(...values)).join("")));
  return { source, chunk, answer: () => request.answer() };
}

/** Keeps the data of a type's events. */
export const note = (source, type, into) => source.on(type, ({ data }) => into.push(data));

/** Counts events that cannot be decoded, however they are told. */
export const counted = (source) => {
  let all = 0;
  source.onError(({ code, more = 0 }) => {
    assert.equal(code, "decode");
    all += 1 + more;
  });
  return () => all;
};
