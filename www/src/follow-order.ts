import { connect } from "typed-eventsource";

/** Each event type of the stream, and what its data is. */
interface Orders {
  orderUpdate: { orderId: number; status: Stage; at: string };
}

export type Stage = "Placed" | "Cooking" | "Out for delivery" | "Delivered";
export type Reach = (stage: Stage, at: Date) => void;

export function followOrder(url: string, reach: Reach) {
  const source = connect<Orders>(url, {
    idleMs: 5_000, // silence means that the connection is dead,
    heartbeatEvent: "heartbeat", // since the server sends these
  });
  source.on("orderUpdate", ({ data }) => {
    reach(data.status, new Date(data.at));
  });
  return source; // .state, .onState(), .events(), .close() …
}
