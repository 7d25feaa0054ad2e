import { connect, type TypedEventSource } from "typed-eventsource";
import { Chart } from "./chart.js";
import { byId } from "./dom.js";
import type { HeartRate } from "./events.js";
import { Panel } from "./panel.js";
import { streamUrl, watchful } from "./streams.js";

const everyMs = 1_000;

export function showHeartRate(): void {
  const place = byId("heart-rate-chart");
  const chart = new Chart(place, 60, [55, 105]);
  const panel = new Panel("heart-rate", start);
  /** When id 0 was measured, by the clock here. */
  let beginning: number | undefined;
  let newest = -1;
  let source: TypedEventSource<HeartRate> | undefined;

  function start(): void {
    source?.close();
    source = connect<HeartRate>(streamUrl("/heart-rate", "heart-rate", { everyMs }), watchful);
    source.on("heartRate", (event) => {
      panel.take(event);
      show(Number(event.lastEventId), event.data);
    });
    source.on("gap", ({ data }) => {
      panel.gap(data);
      // The server may have started again, with another clock.
      beginning = undefined;
      newest = -1;
      chart.clear();
    });
    panel.follow(source);
  }

  function show(id: number, rate: number): void {
    byId("rate").textContent = String(rate);
    // The ids are a clock: a value that comes late, after an interruption, is drawn in its place.
    beginning ??= Date.now() - id * everyMs;
    if (beginning + id * everyMs <= newest) return;
    newest = beginning + id * everyMs;
    chart.add(newest, rate);
    const [low, high] = [Math.min(...chart.values), Math.max(...chart.values)];
    const range = `Between ${low} and ${high} in the last minute`;
    byId("rate-range").textContent = `${range}.`;
    place.setAttribute("aria-label", `Chart of the heart rate, now ${rate} beats per minute. ${range}.`);
    // The heart on the page beats along.
    document.documentElement.style.setProperty("--beat", `${60 / rate}s`);
  }
  start();
}
