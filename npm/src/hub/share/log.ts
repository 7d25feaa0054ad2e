/** The newest frames of a shared stream, so that others can go on from a place among them. */
import type { Frame, Place } from "../messages.js";
import { eventsOf, without } from "./events.js";

/** How large all frames may be, in characters. */
const most = 2 ** 21;

/** About what a frame costs beside its text. */
const overhead = 128;

/** How large a frame is, in characters. */
export const sizeOf = ({ said: [name, about] }: Frame): number =>
  overhead + (name === "batch" ? about.wanted.names.length + about.wanted.data.length : 0);

/** The last event ID behind a frame; `undefined` if it is that from before. */
export const idAfter = ({ said: [name, about] }: Frame): string | undefined =>
  name === "batch" ? about.lastEventId : undefined;

/** A part of a log. */
export interface Part {
  /** The place before the frames. */
  readonly base: Place;
  readonly frames: readonly Frame[];
}

export interface Log extends Part {
  /** The place behind the newest frame. */
  readonly end: Place;
  push(frame: Frame): void;
  /** Forgets everything, and goes on from this place. */
  reset(base: Place): void;
  /** What came after a place; `undefined` if this log does not have it. */
  after(place: Place): Part | undefined;
  /** What came after the last event with this id. */
  afterId(id: string): Part | undefined;
}

/** @param isKept - whether a frame is still needed, however old it is */
export const createLog = (first: Place, isKept: (frame: Frame) => boolean): Log => {
  let base = first;
  let end = first;
  let size = 0;
  let frames: Frame[] = [];
  const placeAfter = (frame: Frame, { id }: Place): Place => ({
    epoch: frame.epoch,
    number: frame.number,
    id: idAfter(frame) ?? id,
  });
  return {
    get base() {
      return base;
    },
    get end() {
      return end;
    },
    get frames() {
      return frames;
    },
    push(frame) {
      frames.push(frame);
      end = placeAfter(frame, end);
      size += sizeOf(frame);
      for (let oldest = frames[0]; oldest && size > most && !isKept(oldest); oldest = frames[0]) {
        frames.shift();
        size -= sizeOf(oldest);
        base = placeAfter(oldest, base);
      }
    },
    reset(place) {
      base = end = place;
      size = 0;
      frames = [];
    },
    after(place) {
      const at = place.number - base.number;
      const there = at ? frames[at - 1] : base;
      return there?.epoch === place.epoch ? { base: place, frames: frames.slice(at) } : undefined;
    },
    afterId(id) {
      if (id === end.id) return { base: end, frames: [] };
      for (let at = frames.length - 1; at >= 0; at--) {
        const frame = frames[at] as Frame;
        const { said, epoch, number } = frame;
        const rest = frames.slice(at + 1);
        if (idAfter(frame) === id) return { base: { epoch, number, id }, frames: rest };
        if (said[0] !== "batch" || !said[1].wanted.names.includes(id)) continue;
        const last = eventsOf(said[1]).findLastIndex((event) => event.id === id);
        if (last < 0) continue;
        // In the midst of a batch: the part behind it takes its place.
        const part: Frame = { epoch, number, said: ["batch", without(said[1], last + 1)] };
        return { base: { epoch, number: number - 1, id }, frames: [part, ...rest] };
      }
      return id === base.id ? { base, frames } : undefined;
    },
  };
};
