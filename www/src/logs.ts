import { connect, type TypedEventSource } from "typed-eventsource";
import { byId, part } from "./dom.js";
import type { Logs } from "./events.js";
import { LogView } from "./log-view.js";
import { Panel } from "./panel.js";
import { streamUrl, watchful } from "./streams.js";

/** Shows the panel. Gives a function that closes its stream for a moment. */
export function showLogs(): () => void {
  const panel = new Panel("logs", start);
  const pace = byId("pace") as HTMLFieldSetElement;
  const pause = byId("log-pause") as HTMLButtonElement;
  const view = new LogView(byId("log"), () => {
    pause.textContent = view.following ? "Pause" : "Follow";
    byId("log-waiting").textContent = view.following ? "" : `${view.waiting.toLocaleString("en")} waiting`;
  });
  let source: TypedEventSource<Logs> | undefined;
  let received = 0;
  let again: ReturnType<typeof setTimeout> | undefined;

  function start(): void {
    clearTimeout(again);
    source?.close();
    view.clear();
    received = 0;
    const everyMs = part<HTMLInputElement>(pace, ":checked").value;
    source = connect<Logs>(streamUrl("/logs", "logs", { everyMs }), { ...watchful, transport: "fetch" });
    source.on("log", (event) => {
      panel.take(event);
      received += 1;
      view.add(event.data);
    });
    source.on("gap", ({ data }) => panel.gap(data));
    panel.follow(source);
  }

  let before = 0;
  setInterval(() => {
    const lines = Math.max(received - before, 0);
    before = received;
    byId("log-rate").textContent = `${lines.toLocaleString("en")} lines/s`;
  }, 1_000);

  pace.addEventListener("change", start);
  pause.addEventListener("click", () => {
    view.following = !view.following;
  });
  start();

  return () => {
    source?.close();
    clearTimeout(again);
    again = setTimeout(start, 3_000);
  };
}
