/** The table of what becomes of an event, which the Rust client is tested against too: `tests/behaviour`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { reports } from "./support/fake-engine.mjs";
import { network, room, settle } from "./support/network.mjs";

const cases = JSON.parse(readFileSync(new URL("../behaviour/outcomes.json", import.meta.url), "utf8"));

/** What `persist` keeps an id as begins like this. */
const mark = "typed-eventsource 1 ";

const blockOf = ([type, id, data = id]) =>
  `event: ${type}\n${id === null ? "" : `id: ${id}\n`}data: ${data ?? ""}\n\n`;

class Failed extends Error {}

const subscribe = (source, { name, type, how = "each", does = {} }, got, failed) => {
  got[name] = [];
  const on = (handler, options) =>
    type === "*" ? source.onAny(handler, options) : source.on(type, handler, options);
  const act = ({ lastEventId }) => {
    got[name].push(lastEventId);
    switch (does[lastEventId]) {
      case "close":
        return source.close();
      case "fail":
        throw new Failed();
      case "reject":
        return Promise.reject(new Failed());
      case "never":
        return new Promise(() => {});
      case "unsubscribe":
        return subscription.unsubscribe();
    }
  };
  let subscription;
  if (how === "each") subscription = on(act);
  if (how === "batch")
    subscription = on(
      (events) => {
        for (const event of events) act(event);
      },
      { batch: true },
    );
  if (how === "reader") {
    const events = type === "*" ? source.events() : source.events(type);
    const read = async () => {
      for await (const { lastEventId } of events) {
        got[name].push(lastEventId);
        const action = does[lastEventId];
        if (action === "close") source.close();
        if (action === "fail") throw new Failed();
        if (action === "never") await new Promise(() => {});
        if (action === "done") events.done();
        if (action === "done" || action === "break") break;
      }
    };
    read().catch(failed);
  }
};

for (const { name, only, options = {}, subscribers, chunks, then, expect } of cases)
  if (only !== "rust")
    test(name, async (t) => {
      const reported = reports(t);
      const { requests, connect } = network(t);
      const stored = new Map();
      const { json = [], overflow, limit, until, heartbeat, gap } = options;
      const { source } = await connect({
        transport: "fetch",
        defaultDecode: "text",
        decode: Object.fromEntries(json.map((type) => [type, "json"])),
        buffer: { overflow, limitBytes: limit && room(limit) },
        until: until && (({ type }) => type === until),
        heartbeatEvent: heartbeat,
        gapEvent: gap,
        persist: {
          storage: { get: (key) => stored.get(key), set: (key, text) => void stored.set(key, text) },
          key: "k",
        },
      });
      await settle();
      const got = {};
      const errors = [];
      // The reader of a full queue that closes the source hears of it by this error.
      const failed = (error) => assert.ok(error instanceof Failed || error.code === "overflow", error);
      source.onError(({ code }) => errors.push(code));
      for (const subscriber of subscribers) subscribe(source, subscriber, got, failed);
      await requests[0].answer();
      for (const chunk of chunks) {
        await requests[0].chunk(chunk.map(blockOf).join(""));
        await settle();
      }
      if (then === "close") source.close();
      const { status } = source.state;
      source.close();
      await settle();
      assert.deepEqual(got, expect.got, "what was given");
      assert.equal(source.cursor.processed, expect.processed, "what is processed");
      const kept = stored.get("k")?.slice(mark.length) ?? null;
      assert.equal(kept, expect.stored ?? (expect.processed || null), "what is stored");
      assert.equal(status, expect.state ?? "open");
      assert.deepEqual(errors, expect.errors ?? [], "what is told");
      assert.ok(
        reported.every((error) => error instanceof Failed),
        `${reported}`,
      );
    });

test("most of the table is for both languages", () => {
  const shared = cases.filter(({ only }) => !only);
  assert.ok(shared.length >= 15, `${shared.length}`);
});
