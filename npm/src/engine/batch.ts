import type { Section } from "./seam.js";

/** Ends each value, even the last; none contains it. */
const END = "\r";

/** How long what stands between two data is. */
const BETWEEN = 2;

/** How many numbers an event has. */
const WIDTH = 4;

/** Of the number with the length of the data: they may be parsed together with others. */
const JOINED = 1;

/**
 * How many characters of data are parsed together, about. More would make it hardly faster, and what comes of it would
 * all be kept until the last of it is delivered, which the garbage collector has to pay for.
 */
const GROUP = 4096;

/** Goes from event to event of a section. */
export interface Reader<Type> {
  /** Takes the next event, which the rest is about from then on; says whether there is one. */
  next(): boolean;
  /** Its number among all of the chunk. */
  readonly number: number;
  readonly type: Type;
  readonly lastEventId: string;
  /** The data as the server sent it. */
  readonly raw: string;
  /** What the data are as JSON; throws if they are none. */
  json(): unknown;
}

/** Parses so many data at once, given with commas between them; gives nothing if that cannot be done, or is not worth it. */
export type Joint = (data: string, count: number) => unknown[] | undefined;

/** What a section leaves as the last event ID, if it is the last thing in its names. */
export const idOf = (names: string): string => names.slice(names.lastIndexOf(END) + 1);

/** The id that came with another event than before, if a section has one. */
export const reusedIdOf = (names: string): string => names.split(END).at(-2) as string;

export const createJoint = (): Joint => {
  // After a failure it is not tried for a while: not all of these data seem to be JSON.
  let pause = 0;
  return (data, count) => {
    if (count < 2 || pause-- > 0) return;
    try {
      const values: unknown[] = JSON.parse(`[${data}]`);
      // With the right number of values each of the data is one: the wasm has looked (`npm/engine/src/json.rs`).
      if (values.length === count) return values;
    } catch {
      // One by one they will show which it was.
    }
    pause = 64;
  };
};

/**
 * Takes a section apart; `npm/engine/src/output.rs` says what it is made of.
 *
 * @param typeOf - what an event type's name is turned to, once for each
 * @param before - the last event ID from before the chunk
 */
export const createReader = <Type>(
  { names, data, numbers, size }: Section<string>,
  typeOf: (name: string) => Type,
  joint?: Joint,
  before = "",
): Reader<Type> => {
  // Lengths are in bytes. Where a byte is a character they say where a value ends, else that is looked for.
  const isAscii = names.length + data.length === size;
  const types: Type[] = [];
  // Of the event that comes next.
  let at = 0;
  let name = 0;
  let begin = 0;
  // Of the events that are parsed together, if they could be.
  let values: unknown[] | undefined;
  let first = 0;
  let last = 0;

  const nextName = () => {
    const start = name;
    name = names.indexOf(END, start) + 1;
    return names.slice(start, name - 1);
  };

  const endOf = (at: number, begin: number) =>
    isAscii ? begin + ((numbers[at + 3] as number) >> 1) : data.indexOf(END, begin);

  /** Parses the event before the next one, whose data begin there, together with those that follow. */
  const parseGroup = (begin: number) => {
    first = last = at - WIDTH;
    let end = begin;
    for (let next = begin; last < numbers.length && next - begin < GROUP; last += WIDTH) {
      if (!((numbers[last + 3] as number) & JOINED)) break;
      end = endOf(last, next);
      next = end + BETWEEN;
    }
    values = joint?.(data.slice(begin, end), (last - first) / WIDTH);
    last = Math.max(last, at);
  };

  const reader = {
    type: undefined as Type,
    lastEventId: before,
    raw: "",
    number: 0,
    next() {
      if (at === numbers.length) return false;
      reader.number = numbers[at] as number;
      const type = numbers[at + 1] as number;
      if (type > types.length) types.push(typeOf(nextName()));
      if (type) reader.type = types[type - 1] as Type;
      if (numbers[at + 2]) reader.lastEventId = nextName();
      const end = endOf(at, begin);
      reader.raw = data.slice(begin, end);
      begin = end + BETWEEN;
      at += WIDTH;
      return true;
    },
    json() {
      if (at > last) parseGroup(begin - BETWEEN - reader.raw.length);
      return values ? values[(at - first) / WIDTH - 1] : JSON.parse(reader.raw);
    },
  };
  return reader;
};
