import { connect } from "typed-eventsource";
import { showConnection } from "./connection.js";
import { byId } from "./dom.js";
import { drawSparkline } from "./sparkline.js";

/** What the server sends on this stream. */
interface HeartRate {
  heartRate: number;
}

/** A minute of readings, one a second. */
const shown = 60;

export function showHeartRate(): void {
  const readings: number[] = [];
  const source = connect<HeartRate>("/heart-rate");
  showConnection(byId("heart-rate-connection"), source);

  source.on("heartRate", ({ data }) => {
    readings.push(data);
    if (readings.length > shown) readings.shift();
    byId("heart-rate").textContent = String(data);
    byId("heart-rate-range").textContent =
      readings.length > 1
        ? `between ${Math.min(...readings)} and ${Math.max(...readings)} in the last ${readings.length} readings`
        : "one reading a second";
    // The heart on the page beats along.
    document.documentElement.style.setProperty("--beat", `${60 / data}s`);
    drawSparkline(byId("sparkline"), readings, shown);
  });
}
