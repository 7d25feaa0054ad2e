import { encode } from "./host.js";
import type { ScriptBytes } from "./script.js";

/** Bytes in one piece. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
};

/** The bytes that a script's notation means. */
export const bytesOf = (given: ScriptBytes | Uint8Array): Uint8Array => {
  const notation = typeof given === "string" ? encode(given) : given;
  // jsdom has classes of its own, and those of Node are others.
  if (ArrayBuffer.isView(notation))
    return new Uint8Array(notation.buffer, notation.byteOffset, notation.byteLength);
  if ("base64" in notation) return Uint8Array.from(atob(notation.base64), (char) => char.charCodeAt(0));
  if ("join" in notation) return joined(notation.join.map(bytesOf));
  if ("repeat" in notation)
    return joined(new Array<Uint8Array>(notation.times).fill(bytesOf(notation.repeat)));
  throw new TypeError("bytes are a text, Uint8Array, {base64}, {repeat, times} or {join: […]}");
};
