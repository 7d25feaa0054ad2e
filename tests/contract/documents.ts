/** Clients of the servers of `documents/`, over what follows from their documents. */
import { connect } from "typed-eventsource";
import * as aspnetcore from "./aspnetcore.js";
import * as fastapi from "./fastapi.js";
import * as utoipa from "./utoipa.js";

const orders = connect<fastapi.OrdersOrdersStreamGet>("/orders/stream", {
  defaultDecode: fastapi.OrdersOrdersStreamGet,
});
orders.on("message", ({ data }) => data.status === "placed");
// @ts-expect-error: no status of them
orders.on("message", ({ data }) => data.status === "lost");
connect<fastapi.Chat>("/chat", { method: "POST", defaultDecode: fastapi.Chat }).on("token", ({ data }) =>
  data.trim(),
);

connect("/kitchen/1/stream", { decode: utoipa.Kitchen }).on("orderUpdate", ({ data }) =>
  data.tags.a?.toFixed(),
);
connect<utoipa.Kitchen>("/kitchen/1/stream", { decode: utoipa.Kitchen }).on("heat", ({ data }) =>
  data.toFixed(),
);

const pets = connect<aspnetcore.WatchPets>("/pets", { decode: aspnetcore.WatchPets });
pets.on("Puppy", ({ data }) => data.barks);
// @ts-expect-error: a kitten does not bark
pets.on("Kitten", ({ data }) => data.barks);
connect("/vehicles", { decode: aspnetcore.Vehicles }).on("truck", ({ data }) => data.load);
