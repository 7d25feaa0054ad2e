/** What an engine in a worker and its page say to each other, in a real browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, otherEngine, scenario } from "./support/browser.mjs";
import { hello } from "./support/worker.mjs";

/** Quick, so that no test has to wait for a reconnection. */
const retry = { initialMs: 1, maxMs: 1 };

browserSuite("a worker", (open) => {
  test("is told apart by nothing but its stats: states, errors and events are the page's own", async (t) => {
    const script = {
      attempts: [
        { status: 503, headers: { "x-why": "later" } },
        { steps: [{ send: "id: 1\nevent: a\ndata: 1\n\nid: 2\nevent: a\ndata: {\n\n" }], end: "close" },
        { headers: { "content-type": "text/plain" }, steps: [{ send: "no stream ü" }], end: "close" },
      ],
    };
    const { page } = await open(t);
    const follow = async ([url, worker, retry]) => {
      const { connect, EventSourceError } = await import("/dist/index.js");
      const told = [];
      const plain = (value) =>
        value instanceof EventSourceError
          ? [
              value.name,
              value.code,
              value.message,
              value.status,
              plain(value.headers),
              value.bodyText,
              `${value.cause}`,
            ]
          : value instanceof Headers
            ? [...value].filter(([name]) => name !== "date")
            : value;
      const all = (state) => Object.entries(state).map(([key, value]) => [key, plain(value)]);
      const asked = [];
      const options = {
        ...{ worker, transport: "fetch", eventTypes: ["a"] },
        headers: ({ attempt, lastEventId, cause }) => {
          // Which error it is, too.
          const same = cause === told.findLast(({ cause }) => cause)?.cause;
          asked.push([attempt, lastEventId, plain(cause), same]);
          return { "x-attempt": `${attempt}` };
        },
        retry: {
          ...retry,
          shouldRetry: ({ attempt, retryable, cause }) => {
            asked.push([attempt, retryable, plain(cause)]);
            return retryable;
          },
        },
      };
      const source = connect(url, options);
      const errors = [];
      source.onError((error) => errors.push(plain(error)));
      source.onState((state) => told.push(state));
      const events = [];
      source.onAny(({ type, data, lastEventId, origin }) => events.push([type, data, lastEventId, origin]));
      await new Promise((resolve) => source.onState(({ status }) => status === "closed" && resolve()));
      const { engine, ...stats } = source.stats;
      return { engine, seen: { states: told.map(all), errors, events, asked, stats, cursor: source.cursor } };
    };
    const seen = [];
    for (const worker of [true, false]) {
      const url = await scenario(script);
      const { engine, seen: one } = await page.evaluate(follow, [url, worker, retry]);
      assert.equal(engine, worker ? "worker" : "page");
      // Waits are random.
      seen.push(JSON.parse(JSON.stringify(one).replace(/"waitMs",\d+/g, '"waitMs"')));
      const came = await attempts(url);
      assert.deepEqual(
        came.map(({ headers }) => headers["x-attempt"]),
        ["1", "2", "3"],
      );
    }
    assert.deepEqual(seen[0], seen[1]);
    assert.ok(seen[0].states.length > 5 && seen[0].asked.length === 6, "something was seen at all");
  });

  test("asks the page, and hears what it throws", async (t) => {
    const url = await scenario({ attempts: [hello], afterwards: "repeat-last" });
    const { page, uncaught } = await open(t);
    const seen = await page.evaluate(
      async ([url, retry]) => {
        const { connect } = await import("/dist/index.js");
        const own = new Error("no token yet");
        let asked = 0;
        const headers = async () => {
          if (++asked === 1) throw own;
          return { authorization: "Bearer ü", "x-n": `${asked}` };
        };
        const source = connect(url, {
          worker: true,
          retry: { ...retry, shouldRetry: () => "maybe" },
          headers,
        });
        const causes = [];
        source.onState(({ cause }) => cause && causes.push([cause.code, cause.message, cause.cause === own]));
        await source.events("message").next();
        const { engine } = source.stats;
        source.close();
        return { causes, engine };
      },
      [url, retry],
    );
    assert.deepEqual(seen, {
      causes: [["network", "the connection failed: no token yet", true]],
      engine: "worker",
    });
    const came = await attempts(url);
    assert.deepEqual(
      came.map(({ headers }) => headers["x-n"]),
      ["2"],
    );
    // Once, in the page, where it can be seen.
    assert.deepEqual(uncaught, ['"shouldRetry()" must be true or false']);
  });

  test("calls a refresh once for all sources that share it, wherever they are", async (t) => {
    const refused = { status: 401 };
    const urls = await Promise.all([1, 2, 3].map(() => scenario({ attempts: [refused, hello] })));
    const { page, uncaught } = await open(t);
    const seen = await page.evaluate(async (urls) => {
      const { connect } = await import("/dist/index.js");
      let calls = 0;
      let refused = 0;
      let isAsked;
      const asked = new Promise((resolve) => {
        isAsked = resolve;
      });
      globalThis.Worker = class extends Worker {
        constructor(...all) {
          super(...all);
          this.addEventListener("message", ({ data }) => {
            if (Array.isArray(data) && data.some(([, name]) => name === "refresh")) isAsked();
          });
        }
      };
      let go;
      const all = new Promise((resolve) => {
        go = resolve;
      });
      const refresh = async () => {
        calls++;
        await all;
      };
      const sources = urls.map((url, n) => connect(url, { worker: n < 2, refresh }));
      const read = sources.map((source) => source.events("message").next());
      // Until each has been refused.
      while (refused < 3) {
        const reports = await Promise.all(urls.map(async (url) => (await fetch(`${url}/report`)).json()));
        refused = reports.filter(({ attempts }) => attempts[0]?.over).length;
      }
      // And until the worker has asked the page.
      await asked;
      await new Promise((resolve) => setTimeout(resolve));
      go();
      await Promise.all(read);
      const engines = sources.map(({ stats }) => stats.engine);
      for (const source of sources) source.close();
      return { calls, engines };
    }, urls);
    assert.deepEqual(seen, { calls: 1, engines: ["worker", "worker", "page"] });
    assert.deepEqual(uncaught, []);
  });

  test("sends forms and texts as the page would", async (t) => {
    const { page } = await open(t);
    const kinds = ["form", "query", "text", "blob"];
    const sent = async (worker) => {
      const urls = await Promise.all(kinds.map(() => scenario({ attempts: [hello] })));
      await page.evaluate(
        async ([urls, kinds, worker, hasFile]) => {
          const { connect } = await import("/dist/index.js");
          const form = new FormData();
          form.append("name", "ü");
          if (hasFile) form.append("file", new Blob(["content"], { type: "text/x-own" }), "file.txt");
          const bodies = { form, query: new URLSearchParams({ a: "ü &" }), text: "ü" };
          bodies.blob = new Blob(["{}"], { type: "application/json" });
          for (const [n, url] of urls.entries()) {
            const source = connect(url, { worker, method: "POST", body: bodies[kinds[n]] });
            await source.events("message").next();
            if (source.stats.engine !== (worker ? "worker" : "page")) throw new Error(source.stats.engine);
            source.close();
          }
        },
        // WebKit makes no bytes of a form with a file: that stays with the page's engine.
        [urls, kinds, worker, otherEngine !== "WebKitGTK"],
      );
      const came = await Promise.all(urls.map((url) => attempts(url)));
      return came.map(([{ headers, body }]) => {
        const type = headers["content-type"];
        const [, boundary = "none"] = type.match(/boundary=(.+)$/) ?? [];
        return [type, body].map((text) => text.replaceAll(boundary, "…"));
      });
    };
    assert.deepEqual(await sent(true), await sent(false));
  });

  test("hears what befalls the page", async (t) => {
    const url = await scenario({ attempts: [hello], afterwards: "repeat-last" });
    const { page } = await open(t);
    const states = await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      const source = connect(url, { worker: true, hidden: "pause" });
      const states = [];
      const is = (wanted) =>
        new Promise((resolve) => {
          const look = source.onState(({ status }) => {
            if (status !== wanted) return;
            look.unsubscribe();
            resolve();
          });
        });
      source.onState(({ status, why, cause }) => states.push([status, why ?? cause?.code].join(" ").trim()));
      const show = (hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      await is("open");
      let next = is("paused");
      show(true);
      await next;
      next = is("open");
      show(false);
      await next;
      source.close();
      // It is hidden when the next one begins.
      show(true);
      const hidden = connect(url, { worker: true, hidden: "pause" });
      states.push((await new Promise((resolve) => hidden.onState(resolve))).status);
      hidden.close();
      return [...states, hidden.stats.engine];
    }, url);
    const woke = ["paused hidden", "reconnecting wake", "connecting", "open", "closed"];
    assert.deepEqual(states, ["open", ...woke, "paused", "worker"]);
    await attempts(url, (all) => all.length === 2 && all.every(({ clientLeft }) => clientLeft));
  });
});
