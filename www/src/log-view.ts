import { make } from "./dom.js";
import type { Entry } from "./events.js";

/** How many lines are kept, visible or not. */
const kept = 20_000;

/** The height of a line in pixels; the style sheet has the same. */
const lineHeight = 22;

/**
 * A list of lines of which only those in sight are elements, so that its length costs nothing. It follows the
 * newest line until somebody pauses it or scrolls away from there. Lines that come then wait, and the end stays
 * where it is: in a torrent nobody could scroll to it otherwise. There it follows again.
 */
export class LogView {
  readonly #place: HTMLElement;
  readonly #space = make("div", "space");
  readonly #window = make("div", "window");
  readonly #changed: () => void;
  #lines: Entry[] = [];
  #following = true;
  /** How many lines are shown while the view is paused. */
  #seen = 0;
  #frame = 0;
  #touchedAt = -Infinity;

  /** @param changed - called when `following` or `waiting` may have changed */
  constructor(place: HTMLElement, changed: () => void) {
    this.#place = place;
    this.#changed = changed;
    this.#space.append(this.#window);
    place.append(this.#space);
    // With this, the keyboard can scroll it.
    place.tabIndex = 0;
    for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      const note = ({ timeStamp }: Event) => {
        this.#touchedAt = timeStamp;
      };
      place.addEventListener(type, note, { passive: true });
    }
    place.addEventListener("scroll", ({ timeStamp }) => this.#scrolled(timeStamp));
    new ResizeObserver(() => this.#schedule()).observe(place);
  }

  /** Whether the newest line is kept in sight. */
  get following(): boolean {
    return this.#following;
  }

  set following(following: boolean) {
    this.#following = following;
    this.#seen = this.#lines.length;
    this.#schedule();
  }

  /** How many lines came since the view was paused. */
  get waiting(): number {
    return this.#following ? 0 : this.#lines.length - this.#seen;
  }

  add(line: Entry): void {
    this.#lines.push(line);
    // A hidden page draws nothing. Old lines are not dropped one by one: each time costs as much as all that are kept.
    if (this.#lines.length > 2 * kept) this.#trim();
    this.#schedule();
  }

  clear(): void {
    this.#lines = [];
    this.following = true;
  }

  #scrolled(now: number): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#place;
    const atEnd = scrollTop + clientHeight >= scrollHeight - lineHeight;
    // A browser scrolls by itself, too, as when the window changes its size: that must not pause the view.
    if (atEnd !== this.#following && now - this.#touchedAt < 1_000) this.following = atEnd;
    else this.#schedule();
  }

  /** Once a frame, however many lines came. */
  #schedule(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #trim(): void {
    const tooMany = this.#lines.length - kept;
    if (tooMany <= 0) return;
    this.#lines.splice(0, tooMany);
    this.#seen = Math.max(this.#seen - tooMany, 0);
    // The visible lines stay where they are.
    if (!this.#following) this.#place.scrollTop -= tooMany * lineHeight;
  }

  #draw(): void {
    this.#trim();
    const shown = this.#following ? this.#lines.length : this.#seen;
    this.#space.style.height = `${shown * lineHeight}px`;
    if (this.#following) this.#place.scrollTop = this.#space.offsetHeight;

    const first = Math.floor(this.#place.scrollTop / lineHeight);
    const last = first + Math.ceil(this.#place.clientHeight / lineHeight) + 1;
    this.#window.style.transform = `translateY(${first * lineHeight}px)`;
    this.#window.replaceChildren(...this.#lines.slice(first, Math.min(last, shown)).map(rowOf));
    this.#changed();
  }
}

function rowOf({ level, message, at }: Entry): HTMLElement {
  const row = make("div", `line ${level}`);
  // The time as it is in UTC, without the day.
  row.append(
    make("span", "at", at.slice(11, 19)),
    make("span", "level", level),
    make("span", "message", message),
  );
  return row;
}
