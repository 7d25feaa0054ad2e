/** Requests of the application's own, as only a browser makes them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "./support/browser.mjs";
import { otherOrigin } from "./support/other-origin.mjs";

/** Quick, so that no test has to wait for a reconnection. */
const retry = { initialMs: 1, maxMs: 1 };
const hold = { end: "hold" };

browserSuite("requests of the application's own in a browser", (open) => {
  /** Opens sources on a page, one after another, until each has opened or failed; gives their states. */
  const states = (page, url, ...all) =>
    page.evaluate(
      async ([url, all]) => {
        const { connect } = await import("/dist/index.js");
        const states = [];
        for (const options of all) {
          const source = connect(url, options);
          const { status, transport, reason, cause } = await new Promise((resolve) => {
            source.onState((state) => state.status !== "connecting" && resolve(state));
          });
          source.close();
          const { code, status: httpStatus, bodyText } = cause ?? {};
          states.push({ status, transport, reason, code, httpStatus, bodyText });
        }
        return states;
      },
      [url, all],
    );
  const opened = { status: "open", transport: "fetch" };
  const known = (state) => Object.fromEntries(Object.entries(state).filter(([, value]) => value != null));

  test("headers, method and body go out with every attempt, to be answered by nobody's cache", async (t) => {
    const url = await scenario({ attempts: [{ status: 503 }, hold] });
    const { page, uncaught } = await open(t);
    await page.evaluate(
      async ([url, retry]) => {
        const { connect } = await import("/dist/index.js");
        const headers = [
          ["x-region", "eu"],
          ["X-Region", "us"],
          ["x-empty", ""],
        ];
        const options = { retry, method: "PUT", idempotent: true, headers, body: "eins\nzwei ü" };
        const source = connect(url, { ...options, lastEventId: "7 ü" });
        await new Promise((resolve) => {
          source.onState(({ status }) => status === "open" && resolve());
        });
        source.close();
      },
      [url, retry],
    );
    const came = await attempts(url);
    assert.equal(came.length, 2);
    for (const { method, headers, body, lastEventId } of came) {
      assert.deepEqual([method, body, lastEventId], ["PUT", "eins\nzwei ü", "7 ü"]);
      const names = ["x-region", "x-empty", "content-type", "accept", "cache-control", "pragma"];
      assert.deepEqual(
        names.map((name) => headers[name]),
        ["eu, us", "", "text/plain;charset=UTF-8", "text/event-stream", "no-cache", "no-cache"],
      );
    }
    assert.deepEqual(uncaught, []);
  });

  test("a body is text, bytes or what else fetch takes, and the same for every attempt", async (t) => {
    const { page } = await open(t);
    for (const [kind, type, expected] of [
      ["text", "text/plain", "text"],
      ["bytes", "", "v\0c"],
      ["blob", "application/json", "{}"],
      ["params", "application/x-www-form-urlencoded", "a=b+c"],
      ["form", "multipart/form-data; boundary=", 'name="name"\r\n\r\nvalue\r\n'],
    ]) {
      const url = await scenario({ attempts: [{ status: 503 }, {}] });
      const reason = await page.evaluate(
        async ([url, retry, kind]) => {
          const { connect } = await import("/dist/index.js");
          const form = new FormData();
          form.append("name", "value");
          const bodies = {
            text: "text",
            bytes: new Uint8Array([1, 118, 0, 99, 1]).subarray(1, 4),
            blob: new Blob(["{}"], { type: "application/json" }),
            params: new URLSearchParams({ a: "b c" }),
            form,
          };
          const options = { retry, method: "post", idempotent: true, body: bodies[kind] };
          const source = connect(url, options);
          const { reason } = await new Promise((resolve) => {
            source.onState((state) => state.status === "closed" && resolve(state));
          });
          return reason;
        },
        [url, retry, kind],
      );
      assert.equal(reason, "ended");
      const came = await attempts(url);
      assert.equal(came.length, 2);
      for (const { method, headers, body } of came) {
        assert.equal(method, "POST");
        assert.ok((headers["content-type"] ?? "").startsWith(type), headers["content-type"]);
        assert.ok(body.includes(expected), body);
      }
    }
  });

  test("a body that is a stream is refused, and so is what no browser would send", async (t) => {
    const { page } = await open(t);
    const refused = await page.evaluate(async () => {
      const { connect } = await import("/dist/index.js");
      return [
        { method: "POST", body: new Response("body").body },
        { body: "x" },
        { method: "CONNECT" },
        { headers: { "x-a": "1\r\nx-b: 2" } },
        { headers: { "x-a": "\0" } },
        { headers: { "Last-Event-ID": "1" } },
      ].map((options) => {
        try {
          connect("/heart-rate", options).close();
          return "not refused";
        } catch (error) {
          return error.name;
        }
      });
    });
    assert.deepEqual(refused, Array(6).fill("TypeError"));
  });

  test("only a request that a page could make anyway goes to another origin without a preflight", async (t) => {
    const other = await otherOrigin(t);
    const { page } = await open(t);
    const simple = { method: "POST", body: "ask", lastEventId: "7" };
    for (const [options, expected] of [
      // The id is no reason for one under auto, nor is what keeps caches out of it.
      [simple, ["POST /?lastEventId=7"]],
      [{ ...simple, headers: { accept: "text/event-stream" } }, ["POST /?lastEventId=7"]],
      [{ ...simple, redirect: "follow", mode: "cors" }, ["POST /?lastEventId=7"]],
      [{ ...simple, headers: { "x-a": "1" } }, ["OPTIONS /?lastEventId=7", "POST /?lastEventId=7"]],
      [{ ...simple, lastEventIdParam: false }, ["OPTIONS /", "POST /"]],
      [{ ...simple, transport: "fetch" }, ["OPTIONS /", "POST /"]],
      [{ method: "PUT" }, ["OPTIONS /", "PUT /"]],
    ]) {
      const [state] = await states(page, other.origin, options);
      assert.deepEqual(known(state), opened);
      const came = other.requests.splice(0);
      assert.deepEqual(
        came.map(({ method, url }) => `${method} ${url}`),
        expected,
      );
      const { headers } = came.at(-1);
      assert.deepEqual([headers["cache-control"], headers.accept], ["no-cache", "text/event-stream"]);
      assert.equal(headers["last-event-id"], expected[0] === "OPTIONS /" ? options.lastEventId : undefined);
    }
  });

  test("the mode can forbid other origins", async (t) => {
    const other = await otherOrigin(t);
    const { page } = await open(t);
    const mode = "same-origin";
    const [forbidden] = await states(page, other.origin, { retry, mode });
    assert.deepEqual(known(forbidden), { status: "reconnecting", code: "network" });
    assert.deepEqual(other.requests, []);
    const [allowed] = await states(page, await scenario({ attempts: [hold] }), { mode });
    assert.deepEqual(known(allowed), opened);
  });

  test("a redirect may be an error, and is followed otherwise, from the original URL each time", async (t) => {
    const elsewhere = await scenario({ attempts: [hold], afterwards: "repeat-last" });
    const to = { status: 302, headers: { location: elsewhere } };
    const url = await scenario({ attempts: [to], afterwards: "repeat-last" });
    const { page } = await open(t);
    const [error] = await states(page, url, { retry, redirect: "error" });
    assert.deepEqual(known(error), { status: "reconnecting", code: "network" });
    assert.deepEqual(await attempts(elsewhere), []);
    const asked = (await attempts(url)).length;
    const headers = { "x-key": "secret" };
    const follow = { redirect: "follow", headers };
    for (const state of await states(page, url, follow, { headers })) assert.deepEqual(known(state), opened);
    const came = (await attempts(url)).slice(asked);
    assert.deepEqual(
      came.map((attempt) => attempt.headers["x-key"]),
      ["secret", "secret"],
    );
    assert.equal((await attempts(elsewhere)).length, 2);
  });

  test("after a 401 new credentials are got, and the stream opens in the same attempt", async (t) => {
    const unauthorized = { status: 401, steps: [{ send: "expired" }] };
    const script = { attempts: [unauthorized, { steps: [{ send: "data: 1\n\n" }], end: "hold" }] };
    const urls = [await scenario(script), await scenario(script)];
    const { page, uncaught } = await open(t);
    const seen = await page.evaluate(async (urls) => {
      const { connect } = await import("/dist/index.js");
      let token = 1;
      const refresh = async () => ++token;
      const asked = [];
      const headers = ({ attempt, cause }) => {
        asked.push([attempt, cause?.status ?? 0, cause?.bodyText ?? ""]);
        return { authorization: `Bearer ${token}` };
      };
      const states = [];
      const sources = urls.map((url) => connect(url, { headers, refresh }));
      for (const source of sources) source.onState(({ status }) => states.push(status));
      await Promise.all(sources.map((source) => source.events("message").next()));
      for (const source of sources) source.close();
      return { token, states, asked: asked.sort() };
    }, urls);
    const [first, again] = [
      [1, 0, ""],
      [1, 401, "expired"],
    ];
    assert.deepEqual(seen, {
      token: 2,
      states: ["open", "open", "closed", "closed"],
      asked: [first, first, again, again],
    });
    for (const url of urls)
      assert.deepEqual(
        (await attempts(url)).map(({ headers }) => headers.authorization),
        ["Bearer 1", "Bearer 2"],
      );
    assert.deepEqual(uncaught, []);
  });

  test("what a refusal says is told, up to two kibibytes of it, and the connection is let go of", async (t) => {
    const long = { join: ["x", { repeat: "ü", times: 5000 }] };
    const url = await scenario({ attempts: [{ status: 404, steps: [{ send: long }], end: "hold" }] });
    const { page } = await open(t);
    const [state] = await states(page, url, { headers: {} });
    assert.deepEqual(known(state), {
      status: "closed",
      reason: "fatal",
      code: "status",
      httpStatus: 404,
      bodyText: `x${"ü".repeat(1023)}`,
    });
    const [{ clientLeft }] = await attempts(url, ([attempt]) => attempt.over);
    assert.equal(clientLeft, true);
  });

  test("a fetch that does not know of the abort leaves no connection behind", async (t) => {
    const steps = [{ send: "data: 1\n\n" }];
    const url = await scenario({ attempts: [{ steps, end: "hold" }], afterwards: "repeat-last" });
    const { page, uncaught } = await open(t);
    await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      // Kept, or the browser might clean up in our place.
      globalThis.responses = [];
      const deaf = async (to, { signal, ...init }) => {
        const response = await fetch(to, init);
        responses.push(response);
        return response;
      };
      const source = connect(url, { fetch: deaf });
      await source.events("message").next();
      source.close();
      // One whose answer comes after the end.
      let answered;
      const late = connect(url, {
        fetch: async (...all) => {
          const response = await deaf(...all);
          late.close();
          answered();
          return response;
        },
      });
      await new Promise((resolve) => {
        answered = resolve;
      });
    }, url);
    const came = await attempts(url, (all) => all.length === 2 && all.every(({ over }) => over));
    assert.deepEqual(
      came.map(({ clientLeft }) => clientLeft),
      [true, true],
    );
    assert.deepEqual(uncaught, []);
  });

  test("a source that is closed lets go of its request, whatever is awaited", async (t) => {
    const url = await scenario({ attempts: [{ respond: false }, hold] });
    const { page } = await open(t);
    await page.evaluate(async (url) => {
      const { connect } = await import("/dist/index.js");
      globalThis.source = connect(url, { headers: { "x-a": "1" } });
    }, url);
    await attempts(url, (all) => all.length === 1);
    await page.evaluate(() => source.close());
    const [{ clientLeft }] = await attempts(url, ([attempt]) => attempt.over);
    assert.equal(clientLeft, true);
  });

  test("nothing is loaded later than the package itself", async (t) => {
    const url = await scenario({ attempts: [hold], afterwards: "repeat-last" });
    const { page } = await open(t);
    const scripts = () =>
      performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js")).length;
    await states(page, url, { transport: "fetch" });
    const before = await page.evaluate(scripts);
    const options = [
      { headers: { "x-a": "1" } },
      { transport: "fetch", delivery: "frame" },
      { buffer: { overflow: "backpressure" } },
    ];
    for (const state of await states(page, url, ...options)) assert.deepEqual(known(state), opened);
    assert.equal(await page.evaluate(scripts), before);
  });
});
