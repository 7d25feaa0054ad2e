/**
 * What each fault must come to, over either transport, as the design says. Of each:
 *
 * - `state`: the one at the end, before the source is closed; with the reason and the cause
 * - `events`: all that arrived, in order: type, last event ID and data; `{ count, digest }` of what is many
 * - `asked`: the last event ID of each request that came, in order; "" is none
 * - `causes`: why it reconnected, one after the other; the same one several times in a row stands once
 * - `waits`: the least and the most that it waited before an attempt that nobody asked for, in milliseconds
 * - `lost`, `doubled`: of the log; 0 if it is not said
 * - `errors`: the codes that `onError` told; `gaps`: what `onGap` told; none if it is not said
 * - `stats`: what the source's statistics say, as far as it is about this
 */

import { digest, range, tick, tock, told } from "./support/log.mjs";

const ticks = (from, to) => range(from, to).map((n) => told("tick", n, tick(n)));
const tocks = (from, to) => range(from, to).map((n) => told("tick", n, tock(n)));
const times = (count, value) => Array.from({ length: count }, () => value);

/** A failure waits 100 ms at least, and the options ask for less. */
const floor = [100, 100];
/** The clean end of a stream is no failure: the reconnection time of 1 ms, and up to 1 ms by chance. */
const atOnce = [1, 2];

/** It goes on where it was, and has all in the end. */
const resumed = (events, asked, causes, waits = floor) => ({ state: "open", events, asked, causes, waits });
const both = (outcome) => ({ fetch: outcome, eventsource: outcome });

/** After `cause` in the first answer to a new connection: fetch sees why, EventSource does not. */
const refusedOnce = (status, waits = floor) => ({
  fetch: resumed(ticks(1, 5), ["", ""], [`status ${status}`], waits),
  eventsource: resumed(ticks(1, 5), ["", ""], ["refused"]),
});

/** Refused for good: fetch sees that at once, EventSource after five more attempts. */
const refusedForGood = (state) => ({
  fetch: { state, events: [], asked: [""], causes: [] },
  eventsource: {
    state: "closed: refused, refused",
    events: [],
    asked: times(6, ""),
    causes: ["refused"],
    waits: floor,
  },
});

const lostAfterSeven = both(resumed(ticks(1, 20), ["", "7"], ["network"]));
const firstAttemptLost = (cause) => both(resumed(ticks(1, 5), ["", ""], [cause]));
const byTheBrowser = (asked) => ({ state: "open", events: ticks(1, 20), asked, causes: ["network"] });

const million = digest();
for (let n = 1; n <= 1_000_000; n++) million.add(told("message", n, n));

export const expected = {
  "no fault": both({ state: "open", events: ticks(1, 20), asked: [""], causes: [] }),
  "a clean end": {
    fetch: resumed(ticks(1, 20), ["", "10"], ["end-of-stream"], atOnce),
    // It looks like a failure there.
    eventsource: resumed(ticks(1, 20), ["", "10"], ["network"]),
  },
  "cut in the middle of an event": lostAfterSeven,
  "cut in the middle of a character": both(
    resumed(
      range(1, 3).map((n) => told("tick", n, `ä${n}`)),
      ["", "1"],
      ["network"],
    ),
  ),
  "cut, and the browser reconnects by itself": { eventsource: byTheBrowser(["", "7"]) },
  "reset in the middle of an event": lostAfterSeven,
  "reset before the head": firstAttemptLost("network"),
  "refused three times": lostAfterSeven,

  "half-open: silence without an end": both(resumed(ticks(1, 20), ["", "5"], ["idle"])),
  "half-open, to a fetch that ignores the abort": {
    fetch: resumed(ticks(1, 20), ["", "5"], ["idle"]),
  },
  "silence before the head": firstAttemptLost("timeout"),
  "a byte a second": both({
    state: "open",
    events: [told("message", 1, "a"), told("message", 2, "b")],
    asked: [""],
    causes: [],
  }),
  "closed while it waits for an answer": both({ state: "connecting", events: [], asked: [""], causes: [] }),
  "closed while it waits for the next attempt": both({
    state: "reconnecting",
    events: ticks(1, 2),
    asked: [""],
    causes: ["network"],
    waits: [60_000, 90_000],
  }),

  // A request and the 20 redirects that the Fetch standard allows, twice.
  "redirect loop": both({
    state: "closed: attempts-exhausted, network",
    events: [],
    asked: times(42, ""),
    causes: ["network"],
    waits: floor,
  }),
  "status 204": refusedForGood("closed: no-content"),
  "status 302 without Location": refusedForGood("closed: fatal, status 302"),
  "status 400": refusedForGood("closed: fatal, status 400"),
  "status 401": refusedForGood("closed: fatal, status 401"),
  "status 403": refusedForGood("closed: fatal, status 403"),
  "status 404": refusedForGood("closed: fatal, status 404"),
  "status 408 once": refusedOnce(408),
  "status 500 once": refusedOnce(500),
  "status 502 once": refusedOnce(502),
  // A second, and up to another by chance.
  "status 429 with Retry-After once": refusedOnce(429, [1000, 2000]),
  "status 503 with Retry-After once": refusedOnce(503, [1000, 2000]),
  "a refusal whose body does not end": refusedOnce(503),
  "wrong type": refusedForGood("closed: fatal, content-type"),

  "endless header": firstAttemptLost("network"),
  "endless header, slowly": firstAttemptLost("timeout"),
  "garbage in place of HTTP": firstAttemptLost("network"),
  "garbage in the stream": both({
    state: "open",
    events: [
      told("tick", 1, "1"),
      told("tick", 2, "a\ufffd\ufffdb\ufffd(\ufffd\ufffd\ufffd\0z"),
      told("tick", 2, "c"),
    ],
    asked: [""],
    causes: [],
  }),
  "an event of 100 MB": {
    fetch: {
      state: "closed: fatal, too-large",
      events: [told("tick", 1, "1")],
      asked: [""],
      causes: [],
      lost: 1,
    },
    // There the browser has read it before anybody is asked.
    eventsource: {
      state: "open",
      events: [told("tick", 1, "1"), told("tick", 2, "100000000 times x")],
      asked: [""],
      causes: [],
    },
  },
  "a million tiny events": both({
    state: "open",
    events: { count: 1_000_000, digest: million.value },
    asked: [""],
    causes: [],
  }),
  "a flood of comments": both({ state: "open", events: ticks(1, 2), asked: [""], causes: [] }),
  "retry: 0, and cut four times": both(resumed(ticks(1, 5), ["", "1", "2", "3", "4"], ["network"])),
  "retry: 99999999999": {
    // 30 days are the longest time that a server can ask for.
    fetch: resumed(ticks(1, 10), ["", "5"], ["network", "asked"], [2_592_000_000, 2_592_000_001]),
    // It hides what the server asks for.
    eventsource: resumed(ticks(1, 10), ["", "5"], ["network"]),
  },

  "everything again after a resume": both({
    ...resumed(ticks(1, 20), ["", "10"], ["network"]),
    stats: { replays: 10 },
  }),
  "everything again, to the browser that reconnects by itself": {
    eventsource: { ...byTheBrowser(["", "10"]), stats: { replays: 10 } },
  },
  // The same id with other data is no replay. Over fetch it is told: the server changes what it sends again, or counts anew.
  "ids that repeat": {
    fetch: {
      ...resumed(
        [..."abcd"].map((data) => told("tick", 7, data)).concat(told("tick", 8, "e")),
        ["", "7"],
        ["network"],
      ),
      errors: ["id-reused"],
      stats: { replays: 0, reused: 1 },
    },
    eventsource: {
      ...resumed(
        [..."abcd"].map((data) => told("tick", 7, data)).concat(told("tick", 8, "e")),
        ["", "7"],
        ["network"],
      ),
      stats: { replays: 0, reused: 0 },
    },
  },
  "ids that repeat, where replays are kept": both({
    ...resumed(
      [..."abcd"].map((data) => told("tick", 7, data)).concat(told("tick", 8, "e")),
      ["", "7"],
      ["network"],
    ),
    stats: { replays: 0 },
  }),
  // Nobody can know that they came before.
  "ids that change with every replay": both({
    ...resumed(
      [
        ...range(1, 3).map((n) => told("tick", `a${n}`, tick(n))),
        ...range(1, 4).map((n) => told("tick", `b${n}`, tick(n))),
      ],
      ["", "a3"],
      ["network"],
    ),
    doubled: 3,
    stats: { replays: 0 },
  }),
  "log lost, said by a header": {
    fetch: {
      ...resumed([...ticks(1, 10), ...tocks(1, 5)], ["", "10"], ["network"]),
      gaps: [{ asked: "10", got: "0" }],
      stats: { replays: 0, gaps: 1 },
    },
    // It hides headers.
    eventsource: {
      ...resumed([...ticks(1, 10), ...tocks(1, 5)], ["", "10"], ["network"]),
      stats: { replays: 0, gaps: 0 },
    },
  },
  "log lost, said by an event": both({
    ...resumed([...ticks(1, 10), told("gap", 10, "lost"), ...tocks(1, 5)], ["", "10"], ["network"]),
    gaps: [{ asked: "10", got: "" }],
    stats: { replays: 0, gaps: 1 },
  }),
  "log lost, said to nobody": both({
    ...resumed([...ticks(1, 10), ...tocks(1, 5)], ["", "10"], ["network"]),
    errors: ["gap"],
    stats: { replays: 0, gaps: 1 },
  }),
  // The log began anew: events with known ids and other data are new.
  "log lost silently": {
    fetch: {
      ...resumed([...ticks(1, 10), ...tocks(1, 12)], ["", "10"], ["network"]),
      errors: ["id-reused"],
      stats: { replays: 0, gaps: 0, reused: 1 },
    },
    eventsource: {
      ...resumed([...ticks(1, 10), ...tocks(1, 12)], ["", "10"], ["network"]),
      stats: { replays: 0, gaps: 0, reused: 0 },
    },
  },
};
