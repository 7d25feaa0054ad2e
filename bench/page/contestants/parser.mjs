/** The parser that most peers use, over fetch. */
import { createParser } from "eventsource-parser";

/** For those that give every event to one function. */
export const taking = (tally, done) => (type, data) => {
  if (type === "end") done();
  else tally.take(JSON.parse(data));
};

/** `init` is what fetch is given beside the URL. */
export const parser = (init) => async (url, tally, done) => {
  const controller = new AbortController();
  const take = taking(tally, done);
  const { feed } = createParser({ onEvent: ({ event, data }) => take(event, data) });
  const response = await fetch(url, { ...init, signal: controller.signal });
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  const read = async () => {
    for (;;) {
      const { value } = await reader.read();
      if (!value) return;
      feed(decoder.decode(value, { stream: true }));
    }
  };
  // The end of the run breaks it off.
  read().catch(() => {});
  return { close: () => controller.abort() };
};
