import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const height = 148;

/** A chart of values over time that follows the size of its place and the colours of the page. */
export class Chart {
  readonly #plot: uPlot;
  readonly #at: number[] = [];
  readonly #values: number[] = [];
  readonly #shown: number;

  /** @param shown - how many seconds are visible */
  constructor(place: HTMLElement, shown: number, [low, high]: readonly [number, number]) {
    this.#shown = shown;
    const colour = (name: string) => () => getComputedStyle(place).getPropertyValue(name);
    const axis = {
      stroke: colour("--quiet"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
    };
    this.#plot = new uPlot(
      {
        width: place.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 4, 0, 0],
        scales: { y: { range: [low, high] } },
        axes: [
          {
            ...axis,
            size: 24,
            gap: 4,
            // Steady marks under a curve that moves are calmer than marks that move along.
            splits: (_plot, _axis, _low, now) => [45, 30, 15].map((ago) => now - ago),
            values: () => ["−45 s", "−30 s", "−15 s"],
          },
          { ...axis, size: 32, gap: 4, splits: () => [60, 80, 100] },
        ],
        series: [
          {},
          {
            stroke: colour("--accent"),
            width: 2,
            points: { show: false },
            fill: colour("--accent-wash"),
          },
        ],
      },
      [this.#at, this.#values],
      place,
    );
    new ResizeObserver(() => this.#plot.setSize({ width: place.clientWidth, height })).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#plot.redraw());
  }

  /** The visible values, oldest first. */
  get values(): readonly number[] {
    return this.#values;
  }

  clear(): void {
    this.#at.length = 0;
    this.#values.length = 0;
  }

  /** @param at - in milliseconds since the epoch; later than all before */
  add(at: number, value: number): void {
    const now = at / 1_000;
    this.#at.push(now);
    this.#values.push(value);
    while ((this.#at[0] ?? now) < now - this.#shown) {
      this.#at.shift();
      this.#values.shift();
    }
    this.#plot.batch(() => {
      this.#plot.setData([this.#at, this.#values], false);
      this.#plot.setScale("x", { min: now - this.#shown, max: now });
    });
  }
}
