/** What others use, each in the fastest way its documentation shows. */
import { fetchEventSource } from "@microsoft/fetch-event-source";
import { EventSourcePolyfill } from "event-source-polyfill";
import { EventSource as FetchedEventSource } from "eventsource";
import { createEventSource } from "eventsource-client";
import ReconnectingEventSource from "reconnecting-eventsource";
import { SSE } from "sse.js";
import { types } from "../types.mjs";
import { parser, taking } from "./parser.mjs";

/** For those that look like the browser's class. */
const listening = (open) => (url, tally, done) => {
  const source = open(url);
  const take = (event) => tally.take(JSON.parse(event.data));
  for (const type of types) source.addEventListener(type, take);
  source.addEventListener("end", done);
  return source;
};

function client(url, tally, done) {
  const take = taking(tally, done);
  return createEventSource({
    url: new URL(url, location.href),
    onMessage: ({ event, data }) => take(event, data),
  });
}

function fetching(url, tally, done) {
  const controller = new AbortController();
  const take = taking(tally, done);
  fetchEventSource(url, {
    signal: controller.signal,
    openWhenHidden: true,
    onmessage: ({ event, data }) => take(event, data),
  });
  return { close: () => controller.abort() };
}

/** By the names of their packages. */
export const peers = {
  eventsource: listening((url) => new FetchedEventSource(new URL(url, location.href))),
  "eventsource-client": client,
  "eventsource-parser": parser(),
  "@microsoft/fetch-event-source": fetching,
  "sse.js": listening((url) => new SSE(url)),
  "event-source-polyfill": listening((url) => new EventSourcePolyfill(url)),
  "reconnecting-eventsource": listening((url) => new ReconnectingEventSource(url)),
};
