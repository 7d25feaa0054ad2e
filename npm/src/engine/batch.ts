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

/** Events of one type that follow each other: their data as the server sent them, and the last event IDs. */
export interface Run {
  readonly raws: readonly string[];
  readonly ids: readonly string[];
  /** The place of the event that is being delivered. */
  at: number;
  /** The value of an event's data as JSON. Throws if they are no JSON. */
  json(place: number): unknown;
}

/** Goes from run to run of a section. */
export interface Reader<Type> extends Run {
  /** Goes to the next run, of so many events at most, which the other members then describe. Says whether there is one. */
  next(most?: number): boolean;
  readonly type: Type;
  /** How many events the run has. */
  readonly count: number;
  /** The number of the event at a place among all of the chunk. */
  number(place: number): number;
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
 * Takes a section apart, run by run: about as many events at once as are parsed together. `npm/engine/src/output.rs` describes its form.
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
  // Of the run: the data, the last event IDs, and where the data begin.
  const raws: string[] = [];
  const ids: string[] = [];
  const begins: number[] = [];
  // The place of the run, and that of the next one.
  let from = 0;
  let at = 0;
  let name = 0;
  let begin = 0;
  let lastEventId = before;
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

  /** Parses the event at this place, whose data begin there, together with those that follow. */
  const parseGroup = (at: number, begin: number) => {
    first = last = at;
    let end = begin;
    for (let next = begin; last < numbers.length && next - begin < GROUP; last += WIDTH) {
      if (!((numbers[last + 3] as number) & JOINED)) break;
      end = endOf(last, next);
      next = end + BETWEEN;
    }
    values = joint?.(data.slice(begin, end), (last - first) / WIDTH);
    last = Math.max(last, at + WIDTH);
  };

  const reader = {
    type: undefined as Type,
    count: 0,
    raws,
    ids,
    at: 0,
    next(most = Number.POSITIVE_INFINITY) {
      if (at === numbers.length) return false;
      const type = numbers[at + 1] as number;
      if (type > types.length) types.push(typeOf(nextName()));
      if (type) reader.type = types[type - 1] as Type;
      const start = begin;
      let count = 0;
      from = at;
      do {
        if (numbers[at + 2]) lastEventId = nextName();
        const end = endOf(at, begin);
        ids[count] = lastEventId;
        raws[count] = data.slice(begin, end);
        begins[count++] = begin;
        begin = end + BETWEEN;
        at += WIDTH;
      } while (count < most && at < numbers.length && !numbers[at + 1] && begin - start < GROUP);
      reader.count = count;
      reader.at = 0;
      return true;
    },
    number: (place: number) => numbers[from + place * WIDTH] as number,
    json(place: number) {
      const at = from + place * WIDTH;
      if (at >= last) parseGroup(at, begins[place] as number);
      return values ? values[(at - first) / WIDTH] : JSON.parse(raws[place] as string);
    },
  };
  return reader;
};
