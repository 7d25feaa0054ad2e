import type { Connection, ConnectionState } from "typed-eventsource";
import { make, timeOf } from "./dom.js";

/** So many changes are kept on the page. */
const kept = 6;

/** Shows the state of a connection and its last changes. `noContent` is the word for a stream that ended with 204. */
export function showConnection(place: HTMLElement, source: Connection, noContent = "closed"): void {
  const now = make("p", "state");
  now.setAttribute("role", "status");
  const changes = make("ol", "changes");
  const title = make("h3", "", "Connection");
  place.className = "connection";
  place.replaceChildren(title, now, changes);

  const show = (state: ConnectionState) => {
    const [word, details] = describe(state, noContent);
    place.dataset.status = state.status === "closed" && !state.cause ? "over" : state.status;
    now.replaceChildren(make("strong", "", word), make("span", "", details));
    const change = make("li");
    change.append(timeOf(new Date()), make("span", "", details ? `${word}: ${details}` : word));
    changes.prepend(change);
    while (changes.children.length > kept) changes.lastElementChild?.remove();
  };
  show(source.state);
  source.onState(show);
}

/** A state in a word, and in words what it carries. */
function describe(state: ConnectionState, noContent: string): [word: string, details: string] {
  switch (state.status) {
    case "connecting":
      return ["connecting", `attempt ${state.attempt}`];
    case "open": {
      const over = state.transport === "fetch" ? "fetch" : "the browser's EventSource";
      return ["open", `over ${over}${state.resumedFrom && `, resumed after event ${state.resumedFrom}`}`];
    }
    case "reconnecting": {
      const { attempt, waitMs, cause } = state;
      const wait = waitMs === null ? "when the browser decides" : `in ${(waitMs / 1000).toFixed(1)} s`;
      return ["reconnecting", `attempt ${attempt} ${wait} (${cause.message})`];
    }
    case "paused":
      return ["paused", state.why];
    case "closed":
      if (state.reason === "no-content") return [noContent, "the server has nothing more to send"];
      return ["closed", state.cause ? `${state.reason} (${state.cause.message})` : state.reason];
  }
}
