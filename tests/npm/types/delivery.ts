/** What tells how far a stream has come, and where it is kept. */

import {
  type BufferOptions,
  type Connection,
  type Cursor,
  connect,
  type EventStream,
  type Gap,
  type PersistOptions,
  type PersistStorage,
  type ServerSentEvent,
  type Stats,
  type UndecodedEvent,
} from "typed-eventsource";
import { expectType, type Same } from "./expect.js";

interface Orders {
  heartRate: number;
  orderUpdate: { orderId: number };
}
const source = connect<Orders>("/stream");

// What `events()` gives is for `for await`, and counts.
const stream = source.events("heartRate");
expectType<Same<typeof stream, EventStream<ServerSentEvent<"heartRate", number>>>>();
expectType<Same<typeof stream.dropped, number>>();
// @ts-expect-error it is only read
stream.dropped = 0;
for await (const event of stream) expectType<Same<typeof event.data, number>>();
const iterable: AsyncIterableIterator<{ data: unknown }> = source.events();

// Both are snapshots.
expectType<Same<typeof source.cursor, Cursor>>();
expectType<Same<Cursor["received" | "processed"], string>>();
expectType<Same<typeof source.stats, Stats>>();
type Counted = "attempts" | "opened" | "events" | "dropped" | "replays" | "gaps" | "reused";
expectType<Same<keyof Stats, Counted | "engine">>();
expectType<Same<Stats[Counted], number>>();
// @ts-expect-error it is only read
source.cursor = { received: "", processed: "" };
// @ts-expect-error it is only read
source.cursor.processed = "";
// @ts-expect-error it is only read
source.stats.events = 0;

// A component that shows any stream has all of this.
const shown: Connection = source;
shown.onGap((gap) => expectType<Same<typeof gap, Gap>>());
expectType<Same<Gap, { readonly asked: string; readonly got: string }>>();
source.onGap(async ({ asked, got }) => `${asked} ${got}`);
source.onGap(() => {}).unsubscribe();
// @ts-expect-error no event is given
source.onGap((gap) => gap.data);

// What is processed is where another source begins.
connect<Orders>("/stream", { lastEventId: source.cursor.processed });

// What keeps a text is a storage, now or later.
const storages: PersistStorage[] = [
  localStorage,
  sessionStorage,
  new Map<string, string>(),
  new Map<string, unknown>(),
  { get: async (key: string) => key, set: async (key: string, text: string) => void (key + text) },
  { getItem: () => null, setItem() {} },
];
for (const storage of storages) connect("/stream", { persist: { storage, key: "orders" } });
connect("/stream", { persist: { storage: localStorage, key: "orders" } });
connect("/stream", { persist: { storage: new Map(), key: "orders" } });
connect("/stream", { persist: undefined });
// @ts-expect-error the key has no default
connect("/stream", { persist: { storage: localStorage } });
// @ts-expect-error nothing is kept nowhere
connect("/stream", { persist: { key: "orders" } });
// @ts-expect-error what is only read keeps nothing
connect("/stream", { persist: { storage: { get: () => "" }, key: "orders" } });
// @ts-expect-error a set is no storage
connect("/stream", { persist: { storage: new Set(), key: "orders" } });

connect("/stream", { dropReplays: true, gapEvent: "gap", gapHeader: "X-Gap", hidden: "pause" });
connect("/stream", { gapHeader: ["X-Gap", "X-Other"] });
// @ts-expect-error no such word
connect("/stream", { hidden: "close" });

connect("/stream", {
  buffer: {
    limitBytes: 8,
    overflow: "latest-by-key",
    key: (event) => {
      expectType<Same<typeof event, UndecodedEvent>>();
      return event.data;
    },
  },
});
for (const overflow of ["drop-oldest", "drop-newest", "error", "backpressure"] as const)
  connect("/stream", { buffer: { overflow, holdMs: 1000 } });
for (const delivery of ["auto", "frame", "immediate"] as const) connect("/stream", { delivery });
// @ts-expect-error no such delivery
connect("/stream", { delivery: "batch" });
// @ts-expect-error no such policy
connect("/stream", { buffer: { overflow: "block" } });
// @ts-expect-error a key is a text
connect("/stream", { buffer: { key: () => 1 } });

source.onError(({ code, dropped }) => {
  expectType<Same<typeof dropped, number | undefined>>();
  return code === "gap" || code === "persist" || code === "skipped" || code === "overflow";
});
source.onState((state) => state.status === "closed" && state.reason === "overflow");

export type { BufferOptions, PersistOptions };
export { iterable };
