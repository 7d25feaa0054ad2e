/** Snapshots of a stream, in Node: by the package as it is published, over a fetch of the test's own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { streamStore } from "../../dist/store.js";
import { createFeed, until } from "./support/feed.mjs";

test("nothing connects before somebody subscribes, and the first snapshot is a server's", async (t) => {
  const feed = createFeed(t);
  const store = streamStore(feed.url, { fetch: feed.fetch, transport: "fetch" });
  assert.equal(store.getSnapshot(), store.getServerSnapshot());
  assert.equal(store.getSnapshot().state.status, "connecting");
  assert.equal(feed.requests.length, 0);
  t.after(store.subscribe(() => {}));
  await until(() => feed.requests.length === 1);
});
