/** Ends each value of an event; none contains it. */
const END = "\r";

/** The last event ID that a chunk leaves, which follows the values of its events. */
export const idOf = (text: string): string => text.slice(text.lastIndexOf(END) + 1);

/**
 * Calls `deliver` with each event of a chunk.
 *
 * @param text - three values for each event, in order: its type, `""` if it is that of the event before; its last
 * event ID, NUL likewise; its data
 */
export const forEachEvent = (
  text: string,
  deliver: (type: string, data: string, lastEventId: string) => void,
): void => {
  const last = text.lastIndexOf(END);
  let type = "";
  let lastEventId = "";
  let end = -1;
  const next = () => {
    const start = end + 1;
    end = text.indexOf(END, start);
    return text.slice(start, end);
  };
  while (end < last) {
    type = next() || type;
    const id = next();
    if (id !== "\0") lastEventId = id;
    deliver(type, next(), lastEventId);
  }
};
