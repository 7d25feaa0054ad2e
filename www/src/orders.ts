import { byId, make, timeOf } from "./dom.js";
import type { Status } from "./events.js";
import { followOrder } from "./follow-order.js";
import { Panel } from "./panel.js";
import { setting, streamUrl } from "./streams.js";

const stages: readonly Status[] = ["Placed", "Cooking", "Out for delivery", "Delivered"];

export function showOrders(): void {
  let orderId = 100;
  let stop = () => {};
  const panel = new Panel("orders", start);

  function start(): void {
    stop();
    orderId += 1;
    const steps = drawStages();
    byId("order-number").textContent = String(orderId);
    const everyMs = setting("ordersEveryMs", 4_000);
    const source = followOrder(streamUrl("/orders/stream", "orders", { orderId, everyMs }), (event) => {
      panel.take(event);
      reach(steps, event.data.status, new Date(event.data.at));
    });
    panel.follow(source, 1);
    stop = () => source.close();
  }
  start();
}

function reach(steps: readonly HTMLLIElement[], stage: Status, at: Date): void {
  const reached = stages.indexOf(stage);
  steps.forEach((step, index) => {
    step.classList.toggle("done", index <= reached);
    if (index === reached) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
  steps[reached]?.querySelector("time")?.replaceWith(timeOf(at));
  byId("order-note").textContent = notes[stage];
}

const notes: Record<Status, string> = {
  Placed: "The kitchen has the order.",
  Cooking: "It is on the stove.",
  "Out for delivery": "It is on its way.",
  Delivered: "Enjoy your meal.",
};

function drawStages(): HTMLLIElement[] {
  const steps = stages.map((stage) => {
    const step = make("li");
    step.append(make("span", "stage", stage), make("time"));
    return step;
  });
  byId("stages").replaceChildren(...steps);
  byId("order-note").textContent = "Waiting for the kitchen.";
  return steps;
}
