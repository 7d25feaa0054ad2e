import type { Section } from "./seam.js";

/** The character behind each value, also the last one. No value contains it. */
const END = "\r";

/** The length of the text between two data. */
const BETWEEN = 2;

/** How many numbers an event has. */
const WIDTH = 4;

/** The bit that says that the data may be parsed together with others. It is in the number with the data's length. */
const JOINED = 1;

/**
 * About how many characters of data are parsed together. More would hardly be faster, and all values would be kept until
 * the last one is delivered: the garbage collector would have to pay for that.
 */
const GROUP = 4096;

/** Goes from event to event of a section. */
export interface Reader<Type> {
  /** Goes to the next event, which the other members then describe. Says whether there is one. */
  next(): boolean;
  /** Its number among all of the chunk. */
  readonly number: number;
  readonly type: Type;
  readonly lastEventId: string;
  /** The data as the server sent it. */
  readonly raw: string;
  /** The value of the data as JSON. Throws if they are no JSON. */
  json(): unknown;
}

/** Parses so many data at once, given with commas between them. Gives nothing if that fails or is not worth it. */
export type Joint = (data: string, count: number) => unknown[] | undefined;

/** The last event ID after a section, which is the last of its names. */
export const idOf = (names: string): string => names.slice(names.lastIndexOf(END) + 1);

/** The id that came with another event than before, if a section has one. */
export const reusedIdOf = (names: string): string => names.split(END).at(-2) as string;

export const createJoint = (): Joint => {
  // After a failure, data are parsed one by one for a while: not all of them seem to be JSON.
  let pause = 0;
  return (data, count) => {
    if (count < 2 || pause-- > 0) return;
    try {
      const values: unknown[] = JSON.parse(`[${data}]`);
      // With the right number of values each of the data is one: the wasm has looked (`npm/engine/src/json.rs`).
      if (values.length === count) return values;
    } catch {
      // Parsed one by one, the data will show which of them is no JSON.
    }
    pause = 64;
  };
};

/**
 * Takes a section apart. `npm/engine/src/output.rs` describes its form.
 *
 * @param typeOf - turns an event type's name into a value, once for each type
 * @param before - the last event ID from before the chunk
 */
export const createReader = <Type>(
  { names, data, numbers, size }: Section<string>,
  typeOf: (name: string) => Type,
  joint?: Joint,
  before = "",
): Reader<Type> => {
  // Lengths are in bytes. If every character is one byte, they say where a value ends; else the end is looked for.
  const isAscii = names.length + data.length === size;
  const types: Type[] = [];
  // The place of the next event.
  let at = 0;
  let name = 0;
  let begin = 0;
  // The values of the events that are parsed together, if that worked.
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
