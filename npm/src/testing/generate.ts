/** The events of an `events` step: the same, byte for byte, as the test server's. */

import { bytesOf } from "./bytes.js";
import type { GeneratedEvents } from "./script.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** How much of a pad follows from the seed. */
const PATTERN = 80;

const bits64 = (value: bigint) => BigInt.asUintN(64, value);

/** The mixing function of SplitMix64. */
const mix = (bits: bigint): bigint => {
  const once = bits64((bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
  const twice = bits64((once ^ (once >> 27n)) * 0x94d049bb133111ebn);
  return twice ^ (twice >> 31n);
};

/** The pad of event `n`, which follows from the seed. */
const pad = (seed: number, n: number, length: number): string => {
  if (!length) return "";
  const pattern = Math.min(length, PATTERN);
  let state = mix(BigInt(seed) ^ mix(BigInt(n)));
  let text = "";
  while (text.length < pattern) {
    state = bits64(state + 0x9e3779b97f4a7c15n);
    let bits = mix(state);
    // Six bits choose a character; ten characters use up a number.
    for (let count = 0; count < 10 && text.length < pattern; count++) {
      text += ALPHABET[Number(bits & 63n)];
      bits >>= 6n;
    }
  }
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
};

const lineEnds = { lf: "\n", cr: "\r", crlf: "\r\n" };

/** Event `n` as it is on the wire. */
const eventOf = (
  { type, seed = 0, bytes = 0, lineEnd = "lf" }: GeneratedEvents,
  n: number,
  retry?: number,
) => {
  const frame = `{"n":${n},"pad":""}`;
  const data = `${frame.slice(0, -2)}${pad(seed, n, Math.max(0, bytes - frame.length))}"}`;
  const lines = [
    ...(type === undefined ? [] : [`event: ${type}`]),
    ...[`data: ${data}`, `id: ${n}`],
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
  ];
  const end = lineEnds[lineEnd];
  return lines.map((line) => line + end).join("") + end;
};

/** Some events in one write. */
export interface Write {
  readonly bytes: Uint8Array;
  /** How many are complete. */
  readonly events: number;
  /** The id of the last one that is. */
  readonly last: number;
}

/** The writes that follow a last event ID. */
export function* generate(after: number, events: GeneratedEvents): Generator<Write> {
  const { to, atMost = Infinity, perWrite = 1, partBytes = 0 } = events;
  let { retry } = events;
  let last = after;
  for (let left = Math.min(to - last, atMost); left > 0; ) {
    const count = Math.min(left, perWrite);
    let text = "";
    for (let index = 0; index < count; index++) {
      text += eventOf(events, ++last, retry);
      retry = undefined;
    }
    left -= count;
    yield { bytes: bytesOf(text), events: count, last };
  }
  // A client beyond the last event has had the one that the part is of.
  if (partBytes && after <= to)
    yield { bytes: bytesOf(eventOf(events, last + 1, retry)).slice(0, partBytes), events: 0, last };
}
