import type { Section } from "../engine.js";

/** Ends each value; none contains it. */
const END = "\r";

/** How many numbers an event has. */
const WIDTH = 4;

/**
 * How many bytes of data are parsed together. More would make it hardly faster, and what comes of it would all be kept
 * until the last of it is delivered, which the garbage collector has to pay for.
 */
const GROUP = 4096;

/** Goes from event to event of a section. */
export interface Reader {
  /** The number of the event that comes next, among all of the chunk; `Infinity` behind the last. */
  readonly ahead: number;
  /** Takes the next event, which the rest is about from then on. */
  next(): void;
  readonly type: string;
  readonly lastEventId: string;
  /** The data as the server sent it. */
  readonly raw: string;
  /** What the data are as JSON; throws if they are none. */
  json(): unknown;
}

/** Parses so many data at once, given with what is between them; gives nothing if that cannot be done, or is not worth it. */
export type Joint = (data: string, count: number, nonce: number) => unknown[] | undefined;

/** What a section leaves as the last event ID, if it is the last thing in its names. */
export const idOf = (names: string): string => names.slice(names.lastIndexOf(END) + 1);

export const createJoint = (): Joint => {
  // After a failure it is not tried for a while: not all of these data seem to be JSON.
  let pause = 0;
  return (data, count, nonce) => {
    if (count < 2 || pause-- > 0) return;
    try {
      const values: unknown[] = JSON.parse(`[${data}]`);
      // Between two data stands a number that no server knows: where it is at every other place, and nothing is
      // missing or too much, each of the data is one value and none reaches into the next.
      let at = 1;
      while (values[at] === nonce) at += 2;
      if (at >= values.length && values.length === 2 * count - 1) return values;
    } catch {
      // One by one they will show which it was.
    }
    pause = 64;
  };
};

/** Takes a section apart; `npm/engine/src/output.rs` says what it is made of. */
export const createReader = (
  { names, data, numbers, size }: Section<string>,
  nonce: number,
  joint?: Joint,
): Reader => {
  // Lengths are in bytes. Where a byte is a character they say where a value ends, else that is looked for.
  const isAscii = names.length + data.length === size;
  const between = `${END},${nonce},`.length;
  const types: string[] = [];
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
    isAscii ? begin + (numbers[at + 3] as number) : data.indexOf(END, begin);

  /** Parses the event before the next one together with those that follow. */
  const parseGroup = (start: number) => {
    first = at - WIDTH;
    last = first;
    let end = start - between;
    for (let room = GROUP; last < numbers.length; last += WIDTH) {
      room -= numbers[last + 3] as number;
      if (room < 0) break;
      end = endOf(last, end + between);
    }
    values = joint?.(data.slice(start, end), (last - first) / WIDTH, nonce);
    // One at least, be it alone.
    last = Math.max(last, at);
  };

  const reader = {
    type: "",
    lastEventId: "",
    raw: "",
    get ahead() {
      return numbers[at] ?? Infinity;
    },
    next() {
      const type = numbers[at + 1] as number;
      if (type > types.length) types.push(nextName());
      if (type) reader.type = types[type - 1] as string;
      if (numbers[at + 2]) reader.lastEventId = nextName();
      const end = endOf(at, begin);
      reader.raw = data.slice(begin, end);
      begin = end + between;
      at += WIDTH;
    },
    json() {
      if (at > last) parseGroup(begin - between - reader.raw.length);
      return values ? values[((at - first) / WIDTH) * 2 - 2] : JSON.parse(reader.raw);
    },
  };
  return reader;
};
