/** The test kit sends what the event map has, and its parts fit those of the package. */

import { connect, type TypedEventSource } from "typed-eventsource";
import {
  type MockRequest,
  mockStream,
  type StreamScript,
  serveStream,
  streamHandler,
} from "typed-eventsource/testing";

interface Orders {
  orderUpdate: { id: number; status: string };
  heartRate: number;
}

const orders = mockStream<Orders>("/orders/stream");
orders.send("heartRate", 72);
orders.send("orderUpdate", { id: 7, status: "new" }, { id: 1 });
// @ts-expect-error a field is missing
orders.send("orderUpdate", { id: 7 });
// @ts-expect-error there is no such event
orders.send("orderUpdates", { id: 7, status: "new" });
export const first: Promise<MockRequest<Orders>> = orders.request({ withinMs: 1000 });
first.then((request) => request.send("heartRate", 72));
// @ts-expect-error no number
first.then((request) => request.send("heartRate", "72"));
export const source: TypedEventSource = connect("/orders/stream", { fetch: orders.fetch });

const script: StreamScript = {
  attempts: [
    { status: 503, headers: { "retry-after": "1", "content-type": null } },
    {
      steps: [{ send: { join: ["data: 1", { repeat: "\n", times: 2 }] } }, { waitMs: 20 }, "waitForRelease"],
    },
    { steps: [{ events: { to: 5, type: "tick" } }], end: "abort" },
  ],
  afterwards: "repeat-last",
};
mockStream("/any", { script }).send("anything", { at: "all" });
// @ts-expect-error an end that does not exist
orders.answer({ end: "stop" });
orders.refuse(503, { headers: { "retry-after": "5" }, times: 2 });

serveStream<Orders>({ script }).then((served) => {
  served.send("heartRate", 72);
  // @ts-expect-error time is the machine's
  served.clock;
  return served.close();
});
streamHandler<Orders>({ script }).send("heartRate", 72);
