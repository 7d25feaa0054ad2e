import { connect, type TypedEventSource } from "typed-eventsource";
import { byId, make, part, timeOf } from "./dom.js";
import type { Job } from "./events.js";
import { Panel } from "./panel.js";
import { post } from "./server.js";
import { setting, streamUrl, watchful } from "./streams.js";

interface Started {
  id: string;
  name: string;
  stream: string;
}

/** How many steps are listed. */
const kept = 6;

export function showJob(): void {
  const panel = new Panel("job", start);
  const form = part<HTMLFormElement>(panel.element, "form");
  const name = part<HTMLInputElement>(form, "input");
  let source: TypedEventSource<Job> | undefined;

  async function start(): Promise<void> {
    const seconds = setting("jobSeconds", 30);
    const job = await post<Started>("/jobs", { name: name.value.trim() || "Job", seconds });
    source?.close();
    byId("job-name").textContent = job.name;
    byId("job-steps").replaceChildren();
    show(0, "started");

    const own = connect<Job>(streamUrl(job.stream, "job"), watchful);
    source = own;
    own.on("progress", (event) => {
      panel.take(event);
      show(event.data.percent, event.data.step);
    });
    own.on("done", (event) => {
      panel.take(event);
      show(100, `done in ${event.data.seconds.toFixed(0)} s`);
      own.close();
      const title = `Job done: ${job.name}`;
      const text = `Job ${job.id} took ${event.data.seconds} s. Its progress came as events; this came by a request.`;
      panel.settle(() => post("/notifications", { title, text }));
    });
    own.on("gap", ({ data }) => panel.gap(data));
    panel.follow(own, 1);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    panel.settle(start);
  });
  panel.settle(start);
}

function show(percent: number, step: string): void {
  part<HTMLProgressElement>(byId("job"), "progress").value = percent;
  byId("job-percent").textContent = `${Math.round(percent)}\u00a0%`;
  const steps = byId("job-steps");
  if (steps.lastElementChild?.firstElementChild?.textContent === step) return;
  const entry = make("li");
  entry.append(make("span", "", step), timeOf(new Date()));
  steps.append(entry);
  while (steps.children.length > kept) steps.firstElementChild?.remove();
}
