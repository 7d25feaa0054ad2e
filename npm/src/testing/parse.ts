/** A plain parser of event streams, for the browser's EventSource that the mock stands in for. */

import { decoder } from "./host.js";

export interface Parsed {
  event(type: string, data: string, lastEventId: string): void;
  retry(ms: number): void;
}

/**
 * @param lastEventId - the id that the stream goes on from
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export const createParser = (lastEventId: string, { event, retry }: Parsed) => {
  const utf8 = decoder();
  let rest = "";
  // Whether the line end of the chunk before was a CR, which a LF may belong to.
  let isAfterCr = false;
  let type = "";
  let data = "";
  let id = lastEventId;

  const line = (text: string) => {
    if (!text) {
      lastEventId = id;
      // [spec] If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
      // return.
      if (data) event(type || "message", data.slice(0, -1), lastEventId);
      type = data = "";
      return;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(text) as unknown as [
      string,
      string,
      string,
    ];
    if (name === "event") type = value;
    else if (name === "data") data += `${value}\n`;
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^\d+$/.test(value)) retry(Number(value));
  };

  return {
    /** The id of the last block that was complete. */
    lastEventId: () => lastEventId,
    feed(bytes: Uint8Array) {
      let text = utf8.decode(bytes, { stream: true });
      if (!text) return;
      if (isAfterCr && text.startsWith("\n")) text = text.slice(1);
      isAfterCr = text ? text.endsWith("\r") : false;
      const lines = (rest + text).split(/\r\n|\n|\r/);
      rest = lines.pop() as string;
      for (const each of lines) line(each);
    },
  };
};
