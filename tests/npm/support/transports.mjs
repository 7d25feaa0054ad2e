/** Tests that each transport has to pass. */

import { test } from "node:test";
import { network } from "./network.mjs";

export const url = "https://example.com/stream";

/** Waits without a random part. */
export const retry = { initialMs: 1000, maxMs: 0 };
/** The names of states. */
export const statuses = (states) => states.map(({ status }) => status);

/** The same of both transports: how a stream is opened, speaks and breaks, and what was asked for. */
const transports = {
  fetch: ({ requests }) => ({
    options: { transport: "fetch", retry },
    asked: () => requests.map(({ init }) => init.headers["last-event-id"] ?? ""),
    isAlive: (n) => !requests[n].aborted,
    open: (n) => requests[n].answer(),
    send: (n, id) => requests[n].chunk(`event: a\nid: ${id}\ndata: 1\n\n`),
    lose: (n) => requests[n].break(),
  }),
  eventsource: ({ natives }) => ({
    options: { transport: "eventsource", retry, eventTypes: ["a"], heartbeatEvent: "beat" },
    asked: () => natives.map(({ url }) => new URL(url).searchParams.get("lastEventId") ?? ""),
    isAlive: (n) => natives[n].readyState !== 2,
    open: async (n) => natives[n].open(),
    send: async (n, id) => natives[n].send("a", "1", id),
    lose: async (n) => natives[n].lose(),
  }),
};

/** Defines a test for each transport. */
export const each = (name, define) => {
  for (const [transport, of] of Object.entries(transports))
    test(`${name}: ${transport}`, async (t) => {
      const all = network(t);
      await define(t, { ...all, ...of(all) });
    });
};
