import { connect } from "typed-eventsource";

interface Orders {
  heartRate: number;
  orderUpdate: { orderId: number; status: string; at: string };
}

const source = connect<Orders>("/orders/stream", { eventTypes: ["heartRate"] });
source.on("orderUpdate", (event) => console.log(event.data.status, event.lastEventId));
source.onState((state) => console.log(state.status)); // changes, failures among them; now: source.state
source.onError((error) => console.warn(error.code, error.cause)); // data that did not decode, lost events
for await (const { data } of source.events("heartRate")) {
  if (data > 90) source.close();
}
