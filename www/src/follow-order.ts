import { connect, type ServerSentEvent } from "typed-eventsource";
import type { Orders } from "./events.js"; // written from the server's Rust enum

export type Reach = (event: ServerSentEvent<"orderUpdate", Orders["orderUpdate"]>) => void;

export function followOrder(url: string, reach: Reach) {
  const source = connect<Orders>(url, {
    idleMs: 5_000, // silence means that the connection is dead,
    heartbeatEvent: "heartbeat", // since the server sends these
  });
  source.on("orderUpdate", (event) => {
    reach(event);
    if (event.data.status === "Delivered") source.close();
  });
  return source; // .state, .onState(), .events(), .close() …
}
