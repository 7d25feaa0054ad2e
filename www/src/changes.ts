import { make, part, timeOf } from "./dom.js";
import type { Description } from "./states.js";

/** What befell a connection, or was done to it. */
export interface Change {
  tone: Description["tone"] | "deed";
  word: string;
  details: string;
}

/** So many are shown. */
const kept = 6;

/** The last changes of a connection, newest first, and what was done to it. */
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
