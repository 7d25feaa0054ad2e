/**
 * Who takes part. Each contestant opens a stream, gives every event's decoded data to `tally.take`, calls `done` at the
 * event `end`, and gives what closes it; `result`, if it is there too, stands for the tally's.
 *
 * @typedef {(data: unknown) => void} Take
 * @typedef {{ take: Take, takerOfOneType(): Take }} Tally
 * @typedef {(url: string, tally: Tally, done: () => void, data: string) => Open | Promise<Open>} Contestant
 * @typedef {{ close(): void, result?(): { events: number, sum: number, outOfTurn: number } }} Open
 */

import { bytesOnly, native, nativeUnheard } from "./native.mjs";
import { ours, oursInArrays, oursUnheard, oursWithTypes } from "./ours.mjs";
import { peers } from "./peers.mjs";
import { rust } from "./rust.mjs";

/** By name. Another way to deliver is one more line here, by its options, and its name in `lib/contestants.mjs`. */
export const contestants = {
  idle: () => ({ close() {} }),
  native,
  bytes: bytesOnly,
  "ours-native": ours({ transport: "eventsource" }),
  "ours-fetch": ours({ transport: "fetch", delivery: "immediate" }),
  "ours-arrays": oursInArrays({ transport: "fetch", delivery: "immediate" }),
  "ours-paced": ours({ transport: "fetch", delivery: "frame" }),
  "ours-auto": ours({ transport: "fetch" }),
  "ours-default": ours({}),
  "ours-worker": ours({ worker: true, transport: "fetch" }),
  "rust-native": rust("eventsource"),
  "rust-fetch": rust("fetch"),
  "native-unheard": nativeUnheard,
  "ours-unheard": oursUnheard,
  "ours-1-type": oursWithTypes(1),
  "ours-10000-types": oursWithTypes(10_000),
  ...peers,
};
