import type { Tone } from "./states.js";

const svg = "http://www.w3.org/2000/svg";
const shownMs = 60_000;
const width = 600;

/** A thin bar of the last minute, coloured by the states of that time. */
export class Strip {
  readonly element = document.createElementNS(svg, "svg");
  /** Each state with its beginning; the last one is the present one. */
  #spans: { tone: Tone; since: number }[] = [];

  constructor() {
    this.element.setAttribute("viewBox", `0 0 ${width} 1`);
    this.element.setAttribute("preserveAspectRatio", "none");
    // The list of changes says the same in words.
    this.element.setAttribute("aria-hidden", "true");
    this.element.classList.add("strip");
    setInterval(() => this.#draw(), 500);
  }

  /** The state changed. */
  mark(tone: Tone): void {
    this.#spans.push({ tone, since: Date.now() });
    this.#draw();
  }

  #draw(): void {
    const now = Date.now();
    const start = now - shownMs;
    const place = (at: number) => ((Math.max(at, start) - start) / shownMs) * width;
    while (this.#spans[1] && this.#spans[1].since <= start) this.#spans.shift();
    this.element.replaceChildren(
      ...this.#spans.map(({ tone, since }, index) => {
        const span = document.createElementNS(svg, "rect");
        const [from, to] = [place(since), place(this.#spans[index + 1]?.since ?? now)];
        span.setAttribute("class", tone);
        span.setAttribute("x", from.toFixed(1));
        // The shortest states have to be visible, too.
        span.setAttribute("width", Math.max(to - from, 2).toFixed(1));
        span.setAttribute("height", "1");
        return span;
      }),
    );
  }
}
