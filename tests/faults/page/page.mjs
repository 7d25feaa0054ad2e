/** A page with one source. It notes all that its user would see, and tells the test how far it is. */

import { connect } from "/dist/index.js";
import { digest, told } from "/support/log.mjs";

/** Where texts are compared, a long one is its length and its first character, if there is no other in it. */
const shortened = (raw) =>
  raw.length > 100_000 && raw === raw[0].repeat(raw.length) ? `${raw.length} times ${raw[0]}` : raw;

/** Like one of an application's own that does not look at the signal. */
const ownFetch = (url, { signal, ...init }) => fetch(url, init);

const states = [];
const events = [];
const errors = [];
const gaps = [];
const many = { count: 0, lost: 0, doubled: 0 };
const all = digest();
let source;
let losses = 0;
/** What was seen when it was enough. */
let enough;

/** Tells how far it is. It is enough with so many events, in a state, or with the event `end`. */
const tellAll = (until, isEnd = false) => {
  const { status } = source.state;
  // Once it is closed it comes to nothing else, expected or not.
  const all = isEnd || status === "closed" || status === until || events.length === until;
  if (all) enough ??= now();
  globalThis.tell(JSON.stringify({ losses, events: events.length, isEnough: !!enough }));
};

/** Numbers that are too many to keep. */
function count({ type, lastEventId, raw }) {
  const next = many.count - many.doubled + many.lost + 1;
  many.count++;
  if (Number(raw) < next) many.doubled++;
  else many.lost += Number(raw) - next;
  all.add(told(type, lastEventId, raw));
}

globalThis.begin = ({ url, options, types, until, isMany, hasOwnFetch, onGap, reconnectAbove }) => {
  source = connect(url, { defaultDecode: "text", ...options, ...(hasOwnFetch && { fetch: ownFetch }) });
  source.onState((state) => {
    states.push({ state, at: performance.now() });
    if (state.status === "reconnecting") losses++;
    tellAll(until);
    if (state.waitMs > reconnectAbove) source.reconnect();
  });
  source.onError((error) => errors.push(error.code));
  if (onGap) source.onGap((gap) => gaps.push(gap));
  const keep = ({ type, lastEventId, raw }) => {
    events.push(told(type, lastEventId, shortened(raw)));
    tellAll(until);
  };
  for (const type of types) source.on(type, isMany ? count : keep);
  source.on("end", () => tellAll(until, true));
};

const codeOf = ({ code, status }) => (code === "status" ? `${code} ${status}` : code);

const textOf = ({ status, reason, cause }) =>
  reason ? `${status}: ${reason}${cause ? `, ${codeOf(cause)}` : ""}` : status;

/** How long it took to be open again after it was lost first. */
function recoveredMs() {
  const lost = states.findIndex(({ state }) => state.status === "reconnecting");
  const open = states.find(({ state }, index) => lost >= 0 && index > lost && state.status === "open");
  return open ? Math.round(open.at - states[lost].at) : undefined;
}

/** All that was seen so far. */
function now() {
  const lost = states.map(({ state }) => state).filter(({ status }) => status === "reconnecting");
  const causes = lost.map(({ cause }) => codeOf(cause));
  return {
    state: textOf(source.state),
    held: globalThis.watch.left(),
    events: many.count ? { count: many.count, digest: all.value } : [...events],
    causes: causes.filter((cause, index) => cause !== causes[index - 1]),
    waits: lost
      .filter(({ cause, waitMs }) => waitMs !== null && cause.code !== "asked")
      .map(({ waitMs }) => waitMs),
    errors: [...errors],
    gaps: [...gaps],
    stats: { ...source.stats },
    many: { ...many },
    recoveredMs: recoveredMs(),
    longestTimer: globalThis.watch.longest(),
  };
}

/** What was seen when it was enough, or else so far. */
globalThis.picture = () => enough ?? now();

/** Closes the source; gives what is left of it, or still is after a second. */
globalThis.finish = async () => {
  const { watch } = globalThis;
  source.close();
  watch.over();
  const patience = performance.now() + 1000;
  while (Object.values(watch.left()).some(Boolean) && performance.now() < patience) await watch.moment(5);
  return watch.left();
};

globalThis.tell(JSON.stringify({ ready: true }));
