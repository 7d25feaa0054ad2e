import type { ConnectionState, EventSourceError } from "typed-eventsource";
import { announce } from "./announce.js";
import { make } from "./dom.js";

/** How the next question is refused: by a token that is used up, or by a command to the panel's line. */
interface Refusal {
  uses?: number;
  path?: string;
}

/** The refusals, by the values of the page's choice. */
export const refusals: Record<string, Refusal> = {
  renewed: { uses: 0 },
  // The first token and the one that follows.
  locked: { path: "refuse?status=401&times=2" },
  busy: { path: "refuse?status=429&retryAfter=3&times=1" },
  failing: { path: "refuse?status=500&times=1" },
};

/** Shows the server's words when it refused, and the page's next step. */
export class RefusalView {
  readonly #place: HTMLElement;
  readonly #consequence = make("p", "note");
  /** Since when the page waits to ask again, and the server's words about that. */
  #wait: { since: number; told: string } | undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  clear(): void {
    this.#place.hidden = true;
    this.#wait = undefined;
  }

  /** Shows the refusal that caused a state, if one did, or the next step after the last refusal. */
  follow(state: ConnectionState): void {
    if (state.status === "connecting" && this.#wait) {
      const { since, told } = this.#wait;
      // The user may have cut the wait short.
      this.#consequence.textContent = `${told}Asked again after ${seconds(performance.now() - since)}.`;
      this.#wait = undefined;
    } else if (state.status === "reconnecting" && state.cause.status) {
      const retryAfter = state.cause.headers?.get("retry-after");
      const told = retryAfter ? `Retry-After: ${retryAfter}. ` : "";
      this.#wait = { since: performance.now(), told };
      this.show(state.cause, `${told}Asks again in ${seconds(state.waitMs ?? 0)}.`);
    } else if (state.status === "closed" && state.cause?.status) {
      this.show(state.cause, "The page asks no more.");
      this.#place.classList.add("final");
    }
  }

  show({ status, bodyText }: EventSourceError, consequence: string): void {
    const sentence = bodyText?.trim() || "the server says no more";
    const said = make("p");
    said.append(make("strong", "", `Status ${status}:`), ` ${sentence}.`);
    this.#consequence.textContent = consequence;
    this.#place.replaceChildren(said, this.#consequence);
    this.#place.classList.remove("final");
    this.#place.hidden = false;
    announce("The answer was refused", sentence);
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
