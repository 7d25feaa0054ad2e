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
 * About how many characters of data make a run, and are parsed together. More would hardly be faster, and all values would be
 * kept until the last one is delivered: the garbage collector would have to pay for that.
 */
const GROUP = 4096;

/** Events that follow each other: their data as the server sent them, and their last event IDs. */
export interface Run<Type> {
  readonly raws: readonly string[];
  readonly ids: readonly string[];
  /** The place of the event that is being delivered. */
  at: number;
  /** The type of an event. */
  type(place: number): Type;
  /** The value of an event's data as JSON. Throws if they are no JSON. */
  json(place: number): unknown;
}

/** Goes from run to run of a section. */
export interface Reader<Type> extends Run<Type> {
  /** Goes to the next run, of `most` events at most. Says whether there is one. The other members describe it. */
  next(most?: number): boolean;
  /** How many events the run has. */
  readonly count: number;
  /** The number of an event among all events that were parsed together with it. */
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
 * Takes a section apart, run by run: about as many events at once as are parsed together. `npm/engine/src/output.rs`
 * describes its form.
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
  const known: Type[] = [];
  // Of the run.
  const types: Type[] = [];
  const raws: string[] = [];
  const ids: string[] = [];
  const begins: number[] = [];
  // Where the numbers of the run begin, and those of the next one.
  let from = 0;
  let at = 0;
  // Where the texts of the next event begin.
  let name = 0;
  let begin = 0;
  let lastEventId = before;
  // The values of events that are parsed together, if that worked: from the event at this place, up to that one.
  let values: unknown[] | undefined;
  let first = 0;
  let last = 0;

  const nextName = () => {
    const start = name;
    name = names.indexOf(END, start) + 1;
    return names.slice(start, name - 1);
  };

  const isJoined = (place: number) => (numbers[from + place * WIDTH + 3] as number) & JOINED;

  /** Parses the data at this place, together with those that follow. */
  const parseGroup = (place: number) => {
    first = place;
    last = place + 1;
    values = undefined;
    if (!isJoined(place)) return;
    while (last < reader.count && isJoined(last)) last++;
    const end = (begins[last - 1] as number) + (raws[last - 1] as string).length;
    values = joint?.(data.slice(begins[place], end), last - place);
  };

  const reader = {
    raws,
    ids,
    at: 0,
    count: 0,
    next(most = Number.POSITIVE_INFINITY) {
      if (at === numbers.length) return false;
      const limit = begin + GROUP;
      let count = 0;
      let type = types[reader.count - 1] as Type;
      from = at;
      do {
        const number = numbers[at + 1] as number;
        if (number > known.length) known.push(typeOf(nextName()));
        if (number) type = known[number - 1] as Type;
        if (numbers[at + 2]) lastEventId = nextName();
        const end = isAscii ? begin + ((numbers[at + 3] as number) >> 1) : data.indexOf(END, begin);
        types[count] = type;
        ids[count] = lastEventId;
        raws[count] = data.slice(begin, end);
        begins[count++] = begin;
        begin = end + BETWEEN;
        at += WIDTH;
      } while (count < most && at < numbers.length && begin < limit);
      reader.count = count;
      reader.at = last = 0;
      return true;
    },
    type: (place: number) => types[place] as Type,
    number: (place: number) => numbers[from + place * WIDTH] as number,
    json(place: number) {
      if (place >= last) parseGroup(place);
      return values ? values[place - first] : JSON.parse(raws[place] as string);
    },
  };
  return reader;
};
