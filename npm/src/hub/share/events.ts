/** Takes batches apart, and makes them of what is left. `npm/engine/src/output.rs` describes their form. */
import type { Batch } from "../../engine/index.js";

/** The character behind each value. No value contains it. */
const END = "\r";

/** An event of a batch. */
export interface SharedEvent {
  readonly type: string;
  readonly id: string;
  readonly raw: string;
  /** The first and the last of its four numbers, which stay the same. */
  readonly number: number;
  readonly how: number;
}

/** The events of a batch. */
export const eventsOf = ({ wanted: { names, data, numbers }, idBefore }: Batch): SharedEvent[] => {
  const events: SharedEvent[] = [];
  const types: string[] = [];
  let name = 0;
  let begin = 0;
  let id = idBefore;
  let type = "";
  const nextName = () => {
    const start = name;
    name = names.indexOf(END, start) + 1;
    return names.slice(start, name - 1);
  };
  for (let at = 0; at < numbers.length; at += 4) {
    const [number, place, hasId, how] = numbers.subarray(at) as unknown as [number, number, number, number];
    if (place > types.length) types.push(nextName());
    if (place) type = types[place - 1] as string;
    if (hasId) id = nextName();
    const end = data.indexOf(END, begin);
    events.push({ type, id, raw: data.slice(begin, end), number, how });
    begin = end + 2;
  }
  return events;
};

/** A batch without its first events, so many of them. */
export const without = (batch: Batch, first: number): Batch => {
  const all = eventsOf(batch);
  const events = all.slice(first);
  const idBefore = all[first - 1]?.id ?? batch.idBefore;
  const types = new Map<string, number>();
  const numbers: number[] = [];
  let names = "";
  let data = "";
  let last = idBefore;
  for (const { type, id, raw, number, how } of events) {
    let place = types.get(type);
    if (!place) {
      place = types.size + 1;
      types.set(type, place);
      names += type + END;
    }
    if (id !== last) names += id + END;
    numbers.push(number, place, Number(id !== last), how);
    data += `${raw}${END},`;
    last = id;
  }
  return {
    ...batch,
    wanted: { names, data, numbers: Uint32Array.from(numbers) },
    count: batch.count - (all.length - events.length),
    idBefore,
  };
};
