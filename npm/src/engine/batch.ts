import { SAME_ID } from "./codes.js";

/**
 * Calls `deliver` with each event of a chunk.
 *
 * @param text - for each event, in order: its event type if the batch has not had it yet, its last event ID
 * if that is another than before, its data
 * @param numbers - four for each event, lengths in UTF-16 code units: the place of its type in the batch's
 * table, which grows in order of first appearance; the length of the type, 0 unless it is new; that of the last
 * event ID, or {@link SAME_ID}; that of the data
 */
export const forEachEvent = (
  text: string,
  numbers: Uint32Array,
  deliver: (type: string, data: string, lastEventId: string) => void,
): void => {
  const types: string[] = [];
  let lastEventId = "";
  let end = 0;
  let at = 0;
  const cut = () => {
    const start = end;
    end += numbers[at++] as number;
    return text.slice(start, end);
  };
  while (at < numbers.length) {
    const place = numbers[at++] as number;
    const newType = cut();
    types[place] ??= newType;
    if (numbers[at] === SAME_ID) at++;
    else lastEventId = cut();
    deliver(types[place], cut(), lastEventId);
  }
};
