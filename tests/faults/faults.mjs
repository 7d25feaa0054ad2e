/**
 * The faults: what the server plays, what befalls its connections on the way, and what the page asks for.
 *
 * - `server`: a script of the server's scenarios. Every connection carries one request.
 * - `network`: what befalls the first connection, the second …; see `support/network.mjs`.
 * - `options`, and those for one transport only. `only` names the one transport it is about.
 * - `log`: the data of all that the server has to tell.
 * - `until`: when the page has seen enough, for all or by transport: so many events, a state, or `asked`, once a request
 *   has come; default the event `end`.
 * - `exempt`: why events may be lost or doubled: elsewhere ids are unique and stable, the server's log is whole, and nothing
 *   may be.
 * - `types`: what is subscribed to, beside `end`; default `tick`.
 *
 * What each must come to stands in `expected.mjs`.
 */

import { block, end, garbage, range, tick, tock } from "./support/log.mjs";

const close = { connection: "close" };
const quick = { initialMs: 1, maxMs: 1 };

/** The options of every fault. Ids are unique and stable unless a fault says otherwise. */
export const options = {
  fetch: { transport: "fetch", retry: quick },
  eventsource: { transport: "eventsource", retry: quick, dropReplays: true },
};

const send = (text) => ({ send: text });
const stream = (...steps) => ({ headers: close, steps, end: "hold" });

/** A server that knows all its events, and goes on where it is asked to. */
const whole = (to, more) => stream({ events: { to, type: "tick", perWrite: 1, ...more } }, { send: end });

const always = (attempt) => ({ attempts: [attempt], afterwards: "repeat-last" });
const first = (...attempts) => ({ attempts: [...attempts, whole(5)], afterwards: "repeat-last" });
const ticks = (from, to) => range(from, to).map(tick);
const tocks = (from, to) => range(from, to).map(tock);
const refusal = (status, headers) => ({ status, headers: { ...close, ...headers } });

/** Held back within event 8 until the page has seen the seven before it. */
const within = (act) => ({ after: '"n":8', events: 7, act });

const plain = [
  { name: "no fault", server: always(whole(20)), log: ticks(1, 20) },
  {
    name: "a clean end",
    server: {
      attempts: [{ headers: close, steps: [{ events: { to: 10, type: "tick" } }], end: "close" }, whole(20)],
    },
    log: ticks(1, 20),
  },
  {
    name: "cut in the middle of an event",
    server: always(whole(20)),
    network: [within("cut")],
    log: ticks(1, 20),
  },
  {
    name: "cut in the middle of a character",
    server: {
      attempts: [
        stream(send(block("tick", 1, "ä1") + block("tick", 2, "ä2"))),
        stream(send(block("tick", 2, "ä2") + block("tick", 3, "ä3") + end)),
      ],
    },
    // One of the two bytes that the letter has.
    network: [{ after: "id: 2\ndata: ", plus: 1, events: 1, act: "cut" }],
    log: ["ä1", "ä2", "ä3"],
  },
  {
    name: "cut, and the browser reconnects by itself",
    only: "eventsource",
    options: { retry: undefined, lastEventIdParam: false },
    server: always(whole(20, { retry: 1 })),
    network: [within("cut")],
    log: ticks(1, 20),
  },
  {
    name: "reset in the middle of an event",
    server: always(whole(20)),
    network: [within("reset")],
    log: ticks(1, 20),
  },
  { name: "reset before the head", server: always(whole(5)), network: [{ act: "reset" }], log: ticks(1, 5) },
  {
    name: "refused three times",
    server: always(whole(20)),
    network: [{ ...within("cut"), refuse: 3 }],
    log: ticks(1, 20),
  },
];

const silent = [
  {
    name: "half-open: silence without an end",
    options: { idleMs: 2000 },
    eventsource: { heartbeatEvent: "beat" },
    server: always(whole(20)),
    network: [{ after: "id: 5\n\n", act: "swallow" }],
    log: ticks(1, 20),
  },
  {
    name: "half-open, to a fetch that ignores the abort",
    only: "fetch",
    ownFetch: true,
    options: { idleMs: 2000 },
    server: always(whole(20)),
    network: [{ after: "id: 5\n\n", act: "swallow" }],
    log: ticks(1, 20),
  },
  {
    name: "silence before the head",
    options: { connectTimeoutMs: 1000 },
    server: first({ respond: false }),
    log: ticks(1, 5),
  },
  {
    name: "a byte a second",
    options: { connectTimeoutMs: 10_000 },
    fetch: { idleMs: 5000 },
    types: ["message"],
    // In one write: what frames a second one would be silence to the page.
    server: always(stream(send("id:1\ndata:a\n\nid:2\ndata:b\n\n"))),
    network: [{ after: "data:a\n\n", act: "trickle", everyMs: 1000 }],
    until: 2,
    log: ["a", "b"],
  },
  {
    name: "closed while it waits for an answer",
    server: always({ respond: false }),
    until: "asked",
    log: [],
  },
  {
    name: "closed while it waits for the next attempt",
    options: { retry: { initialMs: 60_000 } },
    server: always(whole(5)),
    network: [{ after: '"n":3', events: 2, act: "cut" }],
    until: "reconnecting",
    log: ticks(1, 2),
  },
];

const refusals = [
  {
    name: "redirect loop",
    options: { retry: { ...quick, maxAttempts: 2 } },
    server: always(refusal(302, { location: "?again" })),
    until: "closed",
    log: [],
  },
  ...[204, 302, 400, 401, 403, 404].map((status) => ({
    name: `status ${status}${status === 302 ? " without Location" : ""}`,
    server: always(refusal(status)),
    until: "closed",
    log: [],
  })),
  ...[408, 500, 502].map((status) => ({
    name: `status ${status} once`,
    server: first(refusal(status)),
    log: ticks(1, 5),
  })),
  ...[429, 503].map((status) => ({
    name: `status ${status} with Retry-After once`,
    server: first(refusal(status, { "retry-after": "1" })),
    log: ticks(1, 5),
  })),
  {
    name: "a refusal whose body does not end",
    server: first({ ...refusal(503), steps: [send("overloaded")], end: "hold" }),
    log: ticks(1, 5),
  },
  {
    name: "wrong type",
    server: always({ headers: { ...close, "content-type": "text/html" }, steps: [send(end)], end: "close" }),
    until: "closed",
    log: [],
  },
];

const absurd = [
  {
    name: "endless header",
    server: always(whole(5)),
    network: [{ act: "endless-header", everyMs: 0 }],
    log: ticks(1, 5),
  },
  {
    name: "endless header, slowly",
    options: { connectTimeoutMs: 1000 },
    server: always(whole(5)),
    network: [{ act: "endless-header", everyMs: 50 }],
    log: ticks(1, 5),
  },
  {
    name: "garbage in place of HTTP",
    server: always(whole(5)),
    network: [{ act: "garbage" }],
    log: ticks(1, 5),
  },
  {
    name: "garbage in the stream",
    types: ["message", "tick"],
    server: always(
      stream(
        send(block("tick", 1, "1")),
        send({ base64: garbage(65_536).toString("base64") }),
        send("\n\nevent: tick\nid: 2\ndata: "),
        send({
          base64: Buffer.from([0x61, 0xff, 0xfe, 0x62, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0, 0x7a]).toString(
            "base64",
          ),
        }),
        // An id with NUL is none.
        send("\n\nevent: tick\nid: 3\0\ndata: c\n\n"),
        send(end),
      ),
    ),
    log: ["1", "a\ufffd\ufffdb\ufffd(\ufffd\ufffd\ufffd\0z", "c"],
  },
  {
    name: "an event of 100 MB",
    exempt: "one is over eventLimit",
    network: [{ act: "large", bytes: 100_000_000 }],
    until: { fetch: "closed" },
    log: ["1", "100000000 times x"],
  },
  {
    name: "a million tiny events",
    types: ["message"],
    network: [{ act: "numbers", to: 1_000_000 }],
    log: { numbers: 1_000_000 },
  },
  {
    name: "a flood of comments",
    server: always(
      stream(
        send(block("tick", 1, tick(1))),
        send({ repeat: ": nothing\n", times: 1_000_000 }),
        send(block("tick", 2, tick(2)) + end),
      ),
    ),
    log: ticks(1, 2),
  },
  {
    name: "retry: 0, and cut four times",
    options: { retry: { initialMs: 0, maxMs: 0 } },
    server: {
      attempts: range(1, 4)
        .map(() => stream({ events: { to: 5, atMost: 1, type: "tick", retry: 0 } }))
        .concat(whole(5)),
    },
    network: range(1, 4).map((events) => ({ events, act: "cut" })),
    log: ticks(1, 5),
  },
  {
    name: "retry: 99999999999",
    // Whoever shall not wait that long asks for a connection.
    reconnectAbove: 1_000_000,
    server: always(whole(10, { retry: 99_999_999_999 })),
    network: [{ after: '"n":6', events: 5, act: "cut" }],
    log: ticks(1, 10),
  },
];

const again = {
  attempts: [
    stream({ events: { to: 10, type: "tick", retry: 1 } }),
    stream(
      send(
        range(1, 20)
          .map((n) => block("tick", n, tick(n)))
          .join("") + end,
      ),
    ),
  ],
};
const repeating = {
  attempts: [
    stream(send(["a", "b", "c"].map((data) => block("tick", 7, data)).join(""))),
    stream(send(block("tick", 7, "d") + block("tick", 8, "e") + end)),
  ],
};
/** A server that has forgotten all and counts anew. */
const forgotten = (to, { headers, before = "" } = {}) => ({
  attempts: [
    stream({ events: { to: 10, type: "tick" } }),
    {
      ...stream(
        send(
          before +
            range(1, to)
              .map((n) => block("tick", n, tock(n)))
              .join("") +
            end,
        ),
      ),
      headers: { ...close, ...headers },
    },
  ],
});
const cutAfter = (events) => [{ events, act: "cut" }];
const notUnique = { dropReplays: undefined };

const identities = [
  { name: "everything again after a resume", server: again, network: cutAfter(10), log: ticks(1, 20) },
  {
    name: "everything again, to the browser that reconnects by itself",
    only: "eventsource",
    options: { retry: undefined, lastEventIdParam: false },
    server: again,
    network: cutAfter(10),
    log: ticks(1, 20),
  },
  {
    name: "ids that repeat",
    exempt: "ids are not unique",
    eventsource: notUnique,
    server: repeating,
    network: cutAfter(3),
    log: ["a", "b", "c", "d", "e"],
  },
  {
    name: "ids that repeat, where replays are kept",
    exempt: "ids are not unique",
    options: { dropReplays: false },
    server: repeating,
    network: cutAfter(3),
    log: ["a", "b", "c", "d", "e"],
  },
  {
    name: "ids that change with every replay",
    exempt: "ids are not stable",
    server: {
      attempts: [
        stream(
          send(
            range(1, 3)
              .map((n) => block("tick", `a${n}`, tick(n)))
              .join(""),
          ),
        ),
        stream(
          send(
            range(1, 4)
              .map((n) => block("tick", `b${n}`, tick(n)))
              .join("") + end,
          ),
        ),
      ],
    },
    network: cutAfter(3),
    log: ticks(1, 4),
  },
  {
    name: "log lost, said by a header",
    exempt: "the log is not whole",
    onGap: true,
    eventsource: notUnique,
    server: forgotten(5, { headers: { "mercure-last-event-id": "0" } }),
    network: cutAfter(10),
    log: [...ticks(1, 10), ...tocks(1, 5)],
  },
  {
    name: "log lost, said by an event",
    exempt: "the log is not whole",
    onGap: true,
    options: { gapEvent: "gap" },
    types: ["tick", "gap"],
    server: forgotten(5, { before: "event: gap\ndata: lost\n\n" }),
    network: cutAfter(10),
    log: [...ticks(1, 10), ...tocks(1, 5)],
  },
  {
    name: "log lost, said to nobody",
    exempt: "the log is not whole",
    options: { gapEvent: "gap" },
    server: forgotten(5, { before: "event: gap\ndata: lost\n\n" }),
    network: cutAfter(10),
    log: [...ticks(1, 10), ...tocks(1, 5)],
  },
  {
    name: "log lost silently",
    exempt: "the log is not whole",
    eventsource: notUnique,
    server: forgotten(12),
    network: cutAfter(10),
    log: [...ticks(1, 10), ...tocks(1, 12)],
  },
];

export const faults = [...plain, ...silent, ...refusals, ...absurd, ...identities];
