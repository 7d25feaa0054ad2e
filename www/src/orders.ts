import { connect, type TypedEventSource } from "typed-eventsource";
import { showConnection } from "./connection.js";
import { byId, make, timeOf } from "./dom.js";

const stages = ["Placed", "Cooking", "Out for delivery", "Delivered"] as const;

/** What the server sends on this stream. */
interface Orders {
  orderUpdate: { orderId: number; status: (typeof stages)[number]; at: string };
}

export function showOrders(): void {
  let orderId = 101;
  let source = follow(orderId);
  byId("again").addEventListener("click", () => {
    source.close();
    orderId += 1;
    source = follow(orderId);
  });
}

function follow(orderId: number): TypedEventSource<Orders> {
  const steps = drawStages();
  byId("order-number").textContent = String(orderId);
  byId("order-note").textContent = "waiting for the kitchen";

  const source = connect<Orders>(`/orders/stream?orderId=${orderId}`);
  // Here 204 is no failure: the server has nothing more to tell once all is delivered.
  showConnection(byId("orders-connection"), source, "complete");

  source.on("orderUpdate", ({ data }) => {
    const reached = stages.indexOf(data.status);
    steps.forEach((step, index) => {
      step.classList.toggle("done", index <= reached);
      if (index === reached) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
    steps[reached]?.querySelector("time")?.replaceWith(timeOf(new Date(data.at)));
    byId("order-note").textContent = `order ${data.orderId}: ${data.status.toLowerCase()}`;
  });
  return source;
}

function drawStages(): HTMLLIElement[] {
  const steps = stages.map((stage) => {
    const step = make("li");
    step.append(make("span", "stage", stage), make("time"));
    return step;
  });
  byId("stages").replaceChildren(...steps);
  return steps;
}
