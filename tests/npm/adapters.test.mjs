/** What adapters do without a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventStream } from "../../npm/modules/rxjs.js";
import { createFeed, until } from "./support/feed.mjs";

test("RxJS: an `onError` that is undefined leaves errors to be reported", async (t) => {
  const uncaught = [];
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const caught = ({ code }) => uncaught.push(code);
  process.on("uncaughtException", caught);
  t.after(() => {
    process.off("uncaughtException", caught);
    for (const listener of before) process.on("uncaughtException", listener);
  });
  const feed = createFeed(t);
  const subscription = eventStream(feed.url, { fetch: feed.fetch, onError: undefined }).events.subscribe();
  t.after(() => subscription.unsubscribe());
  const request = await feed.connection();
  request.respond();
  request.write("event: add\ndata: {\n\n");
  await until(() => uncaught.length);
  assert.deepEqual(uncaught, ["decode"]);
});

test("RxJS: a subscriber that throws at once leaves no connection", async (t) => {
  const feed = createFeed(t);
  const { on } = eventStream(feed.url, { fetch: feed.fetch });
  let error;
  // No event type.
  on("").subscribe({ error: (given) => (error = given) });
  assert.match(error.message, /event type/);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(feed.open, 0);
});
