/** The drop-in class in every kind of place that has an EventSource: windows are everywhere else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "../npm/support/browser.mjs";

/** A stream that is lost once, and then ends for good. */
const stream = () =>
  scenario({
    attempts: [
      { steps: [{ send: "retry: 1\nid: 1\ndata: a\n\n" }], end: "close" },
      { steps: [{ send: "data: b\n\n" }], end: "close" },
    ],
  });

/** Adds a frame of the page's own origin, with the class in it: `frame` in the page. */
const addFrame = (page) =>
  page.evaluate(async () => {
    const frame = document.createElement("iframe");
    const framed = new Promise((resolve) => {
      globalThis.framed = resolve;
    });
    frame.src = "/fixtures/frame.html";
    document.body.append(frame);
    await framed;
    globalThis.frame = frame;
  });

browserSuite("the drop-in class", (open) => {
  const expected = (page, url) => {
    const { origin } = new URL(page.url());
    return [
      [origin + url, 0, true],
      ["open", "Event", 1, undefined, undefined, undefined],
      ["message", "MessageEvent", 1, "a", "1", origin],
      ["error", "Event", 0, undefined, undefined, undefined],
      ["open", "Event", 1, undefined, undefined, undefined],
      ["message", "MessageEvent", 1, "b", "1", origin],
      ["error", "Event", 0, undefined, undefined, undefined],
      ["error", "Event", 2, undefined, undefined, undefined],
    ];
  };

  for (const kind of ["Worker", "SharedWorker"])
    test(`in a ${kind}, relative to its script`, async (t) => {
      const url = await stream();
      const { page, uncaught } = await open(t);
      const seen = await page.evaluate(
        async ([kind, url]) => {
          const worker = new globalThis[kind]("/fixtures/below/reader.js", { type: "module" });
          const port = worker.port ?? worker;
          const message = () =>
            new Promise((resolve, reject) => {
              port.onmessage = ({ data }) => resolve(data);
              worker.onerror = (event) => reject(new Error(event.message ?? "the script did not load"));
            });
          if (worker.port) await message();
          // Two folders above the script.
          port.postMessage(`../..${url}`);
          return message();
        },
        [kind, url],
      );
      assert.deepEqual(seen, expected(page, url));
      const came = await attempts(url);
      assert.deepEqual(
        came.map(({ lastEventId }) => lastEventId),
        [null, "1", "1"],
      );
      assert.deepEqual(uncaught, []);
    });

  test("in an iframe its events are of the frame's own realm", async (t) => {
    const url = await stream();
    const { page } = await open(t);
    await addFrame(page);
    const seen = await page.evaluate(async (url) => {
      const { frame } = globalThis;
      const inner = frame.contentWindow;
      const source = new inner.DropIn(`..${url}`);
      const seen = [[source.url, source.readyState, source instanceof inner.EventTarget]];
      await new Promise((resolve) => {
        for (const type of ["open", "message", "error"])
          source.addEventListener(type, (event) => {
            const { data, lastEventId, origin } = event;
            const { name } = event.constructor;
            const own = event.constructor === inner[name];
            seen.push([type, own && name, source.readyState, data, lastEventId, origin]);
            if (source.readyState === 2) resolve();
          });
      });
      return seen;
    }, url);
    assert.deepEqual(seen, expected(page, url));
  });

  test("in a document without a location of its own, URLs are relative to its base", async (t) => {
    const { page } = await open(t);
    const url = await page.evaluate(
      () =>
        new Promise((resolve) => {
          globalThis.framed = resolve;
          const frame = document.createElement("iframe");
          frame.srcdoc = `<script type="module">
            import { EventSource } from "/dist/eventsource.js";
            const source = new EventSource("feed");
            source.close();
            parent.framed(source.url);
          </script>`;
          document.body.append(frame);
        }),
    );
    assert.equal(url, new URL("feed", page.url()).href);
  });

  for (const [how, leave] of [
    ["removed", (frame) => frame.remove()],
    ["navigated", (frame) => frame.contentWindow.location.replace("/healthz")],
  ])
    test(`a frame that is ${how} takes its connections along`, async (t) => {
      const url = await scenario({
        attempts: [{ steps: [{ send: "retry: 1\ndata: a\n\n" }], end: "hold" }],
        afterwards: "repeat-last",
      });
      const { page } = await open(t);
      await addFrame(page);
      await page.evaluate(
        async ([url, leave]) => {
          const { frame } = globalThis;
          globalThis.source = new frame.contentWindow.DropIn(url);
          globalThis.errors = 0;
          source.onerror = () => globalThis.errors++;
          await new Promise((resolve) => {
            source.onmessage = resolve;
          });
          new Function(`return ${leave}`)()(frame);
        },
        [url, leave.toString()],
      );
      await attempts(url, (all) => all[0].over);
      assert.deepEqual(await page.evaluate(() => [source.readyState, errors]), [2, 0]);
      assert.equal((await attempts(url)).length, 1);
    });
});
