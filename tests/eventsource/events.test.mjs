/** How events are dispatched: those of the stream, and `open` and `error`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserSuite, scenario } from "../npm/support/browser.mjs";
import { both, run } from "./support/both.mjs";

/** A stream that sends this in one chunk, and stays open. */
const sending = (send) => scenario({ attempts: [{ steps: [{ send }], end: "hold" }] });

browserSuite("events", (open) => {
  both("each has the class and the fields that the standard gives it", async (t, one) => {
    const url = await scenario({
      attempts: [{ steps: [{ send: "retry: 1\nid: 7\ndata: a\ndata: b\n\nevent: named\ndata:\n\n" }] }],
    });
    const { page, uncaught } = await open(t);
    const seen = await run(
      page,
      one,
      async (EventSource, url) => {
        const source = new EventSource(url);
        const seen = [];
        await new Promise((resolve) => {
          for (const type of ["open", "message", "named", "error"])
            source.addEventListener(type, (event) => {
              const { bubbles, cancelable, composed, isTrusted, defaultPrevented, eventPhase } = event;
              const targets = [event.target, event.currentTarget, event.srcElement].every(
                (it) => it === source,
              );
              const flags = { bubbles, cancelable, composed, defaultPrevented, targets, eventPhase };
              const { data, origin, lastEventId, source: from, ports } = event;
              seen.push({
                is: [type, event.constructor.name, source.readyState, isTrusted],
                flags,
                ...(data !== undefined && { message: [data, origin, lastEventId, from, [...ports]] }),
              });
              if (type === "error") resolve();
            });
        });
        source.close();
        return seen;
      },
      url,
    );
    const { origin } = new URL(page.url());
    const flags = {
      ...{ bubbles: false, cancelable: false, composed: false, defaultPrevented: false },
      ...{ targets: true, eventPhase: 2 },
    };
    // The one thing that no class made of JavaScript can have.
    const isTrusted = !one.isOurs;
    assert.deepEqual(seen, [
      { is: ["open", "Event", 1, isTrusted], flags },
      { is: ["message", "MessageEvent", 1, isTrusted], flags, message: ["a\nb", origin, "7", null, []] },
      { is: ["named", "MessageEvent", 1, isTrusted], flags, message: ["", origin, "7", null, []] },
      { is: ["error", "Event", 0, isTrusted], flags },
    ]);
    assert.deepEqual(uncaught, []);
  });

  both("the server's own `open`, `error` and `message` go to the handlers of these names", async (t, one) => {
    const url = await sending(
      "event: open\ndata: 1\n\nevent: error\ndata: 2\n\nevent: message\ndata: 3\n\nevent: other\ndata: 4\n\ndata: 5\n\n",
    );
    const { page } = await open(t);
    const seen = await run(
      page,
      one,
      async (EventSource, url) => {
        const source = new EventSource(url);
        const seen = [];
        const note = (name) => (event) => seen.push([name, event.type, event.data, source.readyState]);
        await new Promise((resolve) => {
          for (const name of ["onopen", "onerror"]) source[name] = note(name);
          source.onmessage = (event) => {
            note("onmessage")(event);
            if (event.data === "5") resolve();
          };
        });
        source.close();
        return seen;
      },
      url,
    );
    assert.deepEqual(seen, [
      // What is undefined arrives as such from the page.
      ["onopen", "open", undefined, 1],
      ["onopen", "open", "1", 1],
      ["onerror", "error", "2", 1],
      ["onmessage", "message", "3", 1],
      ["onmessage", "message", "5", 1],
    ]);
  });

  both("listeners are those of an EventTarget", async (t, one) => {
    const url = await sending([1, 2, 3, 4].map((n) => `data: ${n}\n\n`).join(""));
    const { page } = await open(t);
    const seen = await run(
      page,
      one,
      async (EventSource, url) => {
        const source = new EventSource(url);
        const seen = [];
        const note = (name) => (event) => seen.push(name + event.data);
        const object = { handleEvent: (event) => note("object")(event) };
        const removed = note("removed");
        const controller = new AbortController();
        source.addEventListener("message", note("capture"), { capture: true });
        source.addEventListener("message", note("bubble"));
        source.addEventListener("message", note("once"), { once: true });
        source.addEventListener("message", object);
        source.addEventListener("message", object);
        source.addEventListener("message", note("signal"), { signal: controller.signal });
        source.addEventListener("message", removed, true);
        source.removeEventListener("message", removed, true);
        await new Promise((resolve) => {
          source.onmessage = ({ data }) => {
            if (data === "1") {
              controller.abort();
              source.addEventListener("message", note("late"));
            }
            // From inside of a listener another one is called at once.
            if (data === "2") source.dispatchEvent(new MessageEvent("message", { data: "own" }));
            if (data === "3") {
              source.removeEventListener("message", object);
              object.handleEvent = note("not any more");
            }
            if (data === "4") setTimeout(resolve);
          };
        });
        source.close();
        return seen;
      },
      url,
    );
    assert.deepEqual(seen, [
      ...["capture1", "bubble1", "once1", "object1", "signal1"],
      ...["capture2", "bubble2", "object2"],
      ...["captureown", "bubbleown", "objectown", "lateown"],
      "late2",
      ...["capture3", "bubble3", "object3", "late3"],
      ...["capture4", "bubble4", "late4"],
    ]);
  });

  both("after `close()` in a listener nothing follows, not even of the same chunk", async (t, one) => {
    const url = await sending("data: 1\n\ndata: 2\n\nevent: other\ndata: 3\n\n");
    const { page } = await open(t);
    const seen = await run(
      page,
      one,
      async (EventSource, url) => {
        const source = new EventSource(url);
        const seen = [];
        for (const type of ["open", "message", "other", "error"])
          source.addEventListener(type, ({ data }) => seen.push([type, data]));
        await new Promise((resolve) => {
          source.addEventListener("message", () => {
            source.close();
            seen.push(source.readyState);
            source.close();
            resolve();
          });
          // The others of this event have their turn.
          source.addEventListener("message", () => seen.push("beside"));
        });
        await new Promise((resolve) => setTimeout(resolve, 100));
        return [seen, source.readyState, source.url.endsWith(url)];
      },
      url,
    );
    assert.deepEqual(seen, [[["open", undefined], ["message", "1"], 2, "beside"], 2, true]);
  });

  both("what a listener throws is reported, and harms nothing", async (t, one) => {
    const url = await sending("data: 1\n\ndata: 2\n\n");
    const { page, uncaught } = await open(t);
    const seen = await run(
      page,
      one,
      async (EventSource, url) => {
        const source = new EventSource(url);
        const seen = [];
        const reported = [];
        addEventListener("error", (event) => reported.push(event.error.message));
        const throws = (what) => () => {
          throw new Error(what);
        };
        source.onopen = throws("open");
        source.onmessage = throws("attribute");
        source.addEventListener("message", throws("listener"));
        await new Promise((resolve) => {
          source.addEventListener("message", ({ data }) => {
            seen.push(data);
            if (data === "2") resolve();
          });
        });
        const { readyState } = source;
        source.close();
        return { seen, reported, readyState };
      },
      url,
    );
    const errors = ["open", "attribute", "listener", "attribute", "listener"];
    assert.deepEqual(seen, { seen: ["1", "2"], reported: errors, readyState: 1 });
    assert.deepEqual(uncaught, errors);
  });

  both(
    "microtasks run between the listeners of an event only where the browser calls them",
    async (t, one) => {
      const url = await sending("data: 1\n\n");
      const { page } = await open(t);
      const seen = await run(
        page,
        one,
        async (EventSource, url) => {
          const source = new EventSource(url);
          const seen = [];
          source.addEventListener("message", () => {
            seen.push("first");
            queueMicrotask(() => seen.push("microtask"));
          });
          await new Promise((resolve) => {
            source.addEventListener("message", () => {
              seen.push("second");
              setTimeout(resolve);
            });
          });
          source.close();
          return seen;
        },
        url,
      );
      // The documented difference.
      const browsers = ["first", "microtask", "second"];
      assert.deepEqual(seen, one.isOurs ? ["first", "second", "microtask"] : browsers);
    },
  );

  test("a subclass that replaces what is inherited is not asked, as the browser does not ask", async (t) => {
    const url = await sending("data: 1\n\n");
    const { page } = await open(t);
    for (const isOurs of [false, true]) {
      const seen = await run(
        page,
        { isOurs },
        async (EventSource, url) => {
          const seen = [];
          class Sub extends EventSource {
            addEventListener(...all) {
              seen.push("addEventListener");
              super.addEventListener(...all);
            }
            dispatchEvent(event) {
              seen.push("dispatchEvent");
              return super.dispatchEvent(event);
            }
          }
          const source = new Sub(url);
          await new Promise((resolve) => {
            source.onerror = source.onmessage = ({ data }) => resolve(seen.push(data));
          });
          source.close();
          return seen;
        },
        isOurs ? await sending("data: 1\n\n") : url,
      );
      assert.deepEqual(seen, ["1"]);
    }
  });
});
