/** Without an event map it is inferred from the decoders. */

import { connect, type ServerSentEvent, type StandardSchema, type TypedEventSource } from "typed-eventsource";
import { expectType, type Same } from "./expect.js";

interface Order {
  orderId: number;
}

declare const schema: StandardSchema<Order>;
/** As libraries declare theirs: more than the standard asks for, and a function besides. */
declare const callable: ((value: unknown) => string) & {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: "test";
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: Order }
      | { readonly issues: readonly { readonly message: string; code: number }[] };
    readonly types?: { readonly input: { orderId: string }; readonly output: Order };
    readonly more: true;
  };
};

const source = connect("/stream", {
  decode: {
    count: Number,
    split: (text) => text.split(" "),
    text: "text",
    bytes: "base64",
    json: "json",
    order: schema,
    callable,
  },
  eventTypes: ["count", "order"],
  retry: { maxMs: 1 },
});
expectType<
  Same<
    typeof source,
    TypedEventSource<{
      count: number;
      split: string[];
      text: string;
      bytes: Uint8Array<ArrayBuffer>;
      json: unknown;
      order: Order;
      callable: Order;
    }>
  >
>();

source.on("count", (event) => expectType<Same<typeof event.data, number>>());
source.on("split", (event) => expectType<Same<typeof event.data, string[]>>());
source.onAny((event) => {
  if (event.type === "callable") expectType<Same<typeof event.data, Order>>();
});
// @ts-expect-error no decoder names it
source.on("other", () => {});
// @ts-expect-error the payload is an order
source.on("order", (event: ServerSentEvent<"order", string>) => event);
// @ts-expect-error no decoder names it
connect("/stream", { decode: { count: Number }, eventTypes: ["other"] });
// @ts-expect-error no such decoder
connect("/stream", { decode: { count: "xml" } });
// @ts-expect-error no such option
connect("/stream", { decode: { count: Number }, retries: 1 });

// Without either, names and payloads are anybody's guess, and nothing is trusted.
const unknown = connect("/stream");
expectType<Same<typeof unknown, TypedEventSource<Record<string, unknown>>>>();
unknown.on("anything", (event) => expectType<Same<typeof event.data, unknown>>());
const named = connect("/stream", { eventTypes: ["a"], transport: "eventsource" });
expectType<Same<typeof named, TypedEventSource<Record<string, unknown>>>>();
