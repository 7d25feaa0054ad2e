/** Pages whose policy is `script-src 'self'`: WebAssembly is refused there, and all works by JavaScript. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { attempts, browserSuite, otherEngine, scenario, server } from "./support/browser.mjs";
import { policed } from "./support/policy.mjs";

const script = await readFile(new URL("../../dist/wasm/engine.js", import.meta.url), "utf8");

const policy = `default-src 'none'; script-src 'self'; connect-src 'self' ${server}`;

/** The app reads what it is told of, and gives its frame's page what came of it. Drivers' scripts would be inline. */
const app = `
  import { connect } from "/dist/index.js";
  import { EventSource } from "/dist/eventsource.js";

  const read = async ([path, options, types, count]) => {
    const source = connect("${server}" + path, { retry: { initialMs: 1, maxMs: 1 }, ...options });
    const seen = { events: [], opened: [] };
    source.onState((state) => {
      if (state.status === "open") seen.opened.push([state.transport, state.resumedFrom]);
      if (state.cause && state.status === "closed") seen.message = state.cause.message;
    });
    await new Promise((resolve) => {
      source.onState(({ status }) => status === "closed" && resolve());
      for (const type of types)
        source.on(type, (event) => {
          seen.events.push([event.type, event.data, event.lastEventId]);
          if (seen.events.length === count) resolve();
        });
    });
    seen.engine = source.stats.engine;
    source.close();
    return seen;
  };
  const dropIn = async ([path]) => {
    const source = new EventSource("${server}" + path);
    const data = await new Promise((resolve) => {
      source.addEventListener("message", (event) => resolve(event.data));
      source.addEventListener("error", () => resolve("error"));
    });
    source.close();
    return data;
  };
  const readTwice = async (all) => [await read(all), await read(all)];
  addEventListener("message", async ({ data: [what, ...all], source }) =>
    source.postMessage(await { read, readTwice, dropIn }[what](all), "*"),
  );
  parent.postMessage("ready", "*");`;

/** In the page: has the app in a frame, and asks it. */
const ask = async ([address, ...call]) => {
  const said = () => new Promise((resolve) => addEventListener("message", resolve, { once: true }));
  const frame = document.createElement("iframe");
  frame.src = address;
  const ready = said();
  document.documentElement.append(frame);
  await ready;
  const answer = said();
  frame.contentWindow.postMessage(call, "*");
  const { data } = await answer;
  frame.remove();
  return data;
};

browserSuite("a policy that forbids WebAssembly", (open) => {
  const asking = async (t, more) => {
    const frame = `<!doctype html><script type="module" src="/app.js"></script>`;
    const address = await policed(t, policy, { "/app.html": frame, "/app.js": app, ...more });
    const { page, uncaught } = await open(t);
    return { uncaught, ask: (...call) => page.evaluate(ask, [`${address}/app.html`, ...call]) };
  };

  const cut = {
    attempts: [
      { steps: [{ send: 'id: 1\nevent: a\ndata: "ü"\n\nevent: b\ndata: [1]\n\n' }], end: "close" },
      { steps: [{ send: "id: 2\nevent: a\ndata: 2.5\n\n" }], end: "hold" },
    ],
  };
  const events = [
    ["a", "ü", "1"],
    ["b", [1], "1"],
    ["a", 2.5, "2"],
  ];
  const ways = {
    "the browser's EventSource": { transport: "eventsource" },
    fetch: { transport: "fetch" },
    "a request of its own": { headers: { "x-app": "own" } },
    "a worker, which leaves it to the page": { worker: { url: "/dist/worker.js" } },
    "a worker of a blob, which is forbidden": { worker: true, transport: "fetch" },
  };
  for (const [way, options] of Object.entries(ways))
    test(`reads and resumes over ${way}`, async (t) => {
      const url = await scenario(cut);
      const { uncaught, ask } = await asking(t);
      const seen = await ask("read", url, options, ["a", "b"], 3);
      assert.deepEqual([seen.events, seen.engine, seen.message], [events, "page-js", undefined]);
      assert.equal(seen.opened.at(-1)[1], "1");
      assert.equal((await attempts(url)).length, 2);
      assert.deepEqual(uncaught, []);
    });

  test("reads what a request with a body is answered", async (t) => {
    const url = await scenario({ attempts: [cut.attempts[0]] });
    const { ask } = await asking(t);
    const seen = await ask("read", url, { method: "POST", body: "{}" }, ["a", "b"], 2);
    assert.deepEqual([seen.events, seen.engine], [events.slice(0, 2), "page-js"]);
  });

  test("the drop-in class reads its stream", async (t) => {
    const url = await scenario({ attempts: [{ steps: [{ send: "data: 1\n\n" }], end: "hold" }] });
    const { ask } = await asking(t);
    assert.equal(await ask("dropIn", url), "1");
  });

  test("a chunk that fails is told, with the reason that WebAssembly has, and the next source loads it", async (t) => {
    const url = await scenario({ attempts: [cut.attempts[0]], afterwards: "repeat-last" });
    let requests = 0;
    const { ask } = await asking(t, {
      // As in the midst of a deployment.
      "/dist/wasm/engine.js": () => (requests++ ? { text: script } : {}),
    });
    const [first, second] = await ask("readTwice", url, { transport: "fetch" }, ["a", "b"], 2);
    assert.match(
      first.message,
      /^cannot start the engine: WebAssembly failed \(.+\) and so did its JavaScript \(.+\): /s,
    );
    // Firefox keeps a failed import until the page is loaded anew.
    const again = otherEngine === "Firefox" ? [0, "page"] : [2, "page-js"];
    assert.deepEqual([first.events, second.events.length, second.engine], [[], ...again]);
  });
});
