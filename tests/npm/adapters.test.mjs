/** What adapters do without a page. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createRenderer, effectScope } from "vue";
import { eventStream } from "../../npm/modules/rxjs.js";
import { useEventStream } from "../../npm/modules/vue.js";
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

/** Mounts Vue's components without a page. */
const { createApp } = createRenderer({
  createElement: () => ({}),
  createText: () => ({}),
  createComment: () => ({}),
  insert() {},
  remove() {},
  patchProp() {},
  setText() {},
  setElementText() {},
  parentNode: () => null,
  nextSibling: () => null,
});

test("Vue: a stream in a scope of its own outlives the component that is mounted", async (t) => {
  const feed = createFeed(t);
  const scope = effectScope(true);
  t.after(() => scope.stop());
  let view;
  const app = createApp({
    setup() {
      view = scope.run(() => useEventStream(feed.url, { fetch: feed.fetch }));
      return () => null;
    },
  });
  app.mount({});
  (await feed.connection()).respond();
  await until(() => view.state.value.status === "open");
  app.unmount();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([view.state.value.status, feed.open], ["open", 1]);
  scope.stop();
  await until(() => feed.open === 0);
});

test("Solid: what the URL is made of may change without changing it", async () => {
  const script = `
    import { createRoot, createSignal } from "solid-js";
    import { createEventStream } from "${new URL("../../npm/modules/solid.js", import.meta.url)}";
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("event: add\\ndata: 1\\n\\n")),
    });
    const fetch = async () => new Response(body, { headers: { "content-type": "text/event-stream" } });
    const [id, setId] = createSignal(1);
    const reduce = { add: (sum, { data }) => sum + data };
    const url = () => (id(), "http://127.0.0.1/a");
    const view = createRoot(() => createEventStream(url, { fetch, initial: 0, reduce }));
    while (view.value() !== 1) await new Promise((resolve) => setTimeout(resolve, 1));
    setId(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log(view.value());
    process.exit();
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=browser", "--input-type=module", "--eval", script],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)) },
  );
  assert.equal(stdout, "1\n");
});
