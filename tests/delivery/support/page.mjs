/** Reads a stream of generated events in a browser, checks each, keeps none, and says what came. */

import { connect } from "/dist/index.js";
import { data } from "./ticks.mjs";

const query = new URLSearchParams(location.search);
const script = JSON.parse(query.get("script"));

const seen = { events: 0, lost: 0, doubled: 0, wrong: 0, examples: [], opened: [] };

let done = false;
function finish(extra) {
  if (done) return;
  done = true;
  // A page has no other way to tell whoever opened it.
  fetch(query.get("tell"), { method: "POST", mode: "no-cors", body: JSON.stringify({ ...seen, ...extra }) });
}

addEventListener("error", ({ message }) => finish({ failed: message }));
addEventListener("unhandledrejection", ({ reason }) => finish({ failed: String(reason) }));

/** A few words on what is wrong; not on all of it, which may be a million. */
function note(what) {
  if (seen.examples.length < 5) seen.examples.push(what);
}

let next = 1;
const source = connect(query.get("stream"), JSON.parse(query.get("options")));
source.onState((state) => {
  if (state.status === "open") seen.opened.push([state.transport, state.resumedFrom, next - 1]);
  if (state.status === "closed" && next <= script.to) finish({ failed: `closed: ${state.reason}` });
});
source.onError((error) => finish({ failed: `${error.code}: ${error.message}` }));
source.on(script.type, ({ type, data: { n }, lastEventId, origin, raw }) => {
  seen.events++;
  if (n < next) {
    seen.doubled++;
    note(`${n} again, after ${next - 1}`);
    return;
  }
  if (n > next) {
    seen.lost += n - next;
    note(`${next} to ${n - 1} lost`);
  }
  next = n + 1;
  const sound = type === script.type && lastEventId === `${n}` && origin === location.origin;
  if (!sound || raw !== data(n, script)) {
    seen.wrong++;
    note(`${n} is wrong: ${type} ${lastEventId} ${origin} ${raw}`);
  }
  if (next <= script.to) return;
  source.close();
  finish();
});
