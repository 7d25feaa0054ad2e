import { make, part, timeOf } from "./dom.js";
import type { Description } from "./states.js";

/** A change of a connection, or a user's action on it. */
export interface Change {
  tone: Description["tone"] | "deed";
  word: string;
  details: string;
}

/** How many changes are shown. */
const kept = 6;

/** The last changes of a connection and the user's actions on it, newest first. */
export class Changes {
  readonly element = make("ol", "changes");

  #last = "";
  #times = 1;

  add({ tone, word, details }: Change): void {
    const newest = this.element.firstElementChild;
    if (newest && this.#last === `${word} ${details}`) {
      this.#times += 1;
      newest.querySelector("time")?.replaceWith(timeOf(new Date()));
      part(newest, ".times").textContent = ` ×${this.#times}`;
      return;
    }
    this.#last = `${word} ${details}`;
    this.#times = 1;
    const change = make("li", tone);
    const text = make("span");
    text.append(make("strong", "", word), details && ` ${details}`, make("span", "times"));
    change.append(timeOf(new Date()), text);
    this.element.prepend(change);
    while (this.element.children.length > kept) this.element.lastElementChild?.remove();
  }
}
