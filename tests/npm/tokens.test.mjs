/** A token is sent in its header, and shows nowhere else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "./support/browser.mjs";

const mark = "s3cr3t-t0k3n";

browserSuite("tokens in a browser", (open) => {
  test("a token is in no URL, message, state, error or storage", async (t) => {
    const refused = (status) => ({
      status,
      steps: [{ send: "no" }],
      headers: { "content-type": "text/plain" },
    });
    const url = await scenario({
      attempts: [
        refused(401),
        { steps: [{ send: "id: 7\nevent: tick\ndata: no JSON\n\n" }, "waitForRelease"], end: "abort" },
        refused(500),
        { status: 200, headers: { "content-type": "text/html" } },
        // Of the second source, whose refresh fails.
        refused(401),
      ],
    });
    const urls = [];
    const printed = [];
    const { page, uncaught } = await open(t, {
      prepare(page) {
        page.on("request", (request) => urls.push(request.url()));
        page.on("console", (message) => printed.push(message.text()));
      },
    });
    const { said, kept, codes } = await page.evaluate(
      async ([url, mark]) => {
        const { connect } = await import("/dist/index.js");
        // All that somebody gets hold of may end up in a log: what is not enumerable too.
        const seen = new Set();
        const dump = (value) => {
          if (Object(value) !== value) return String(value);
          if (seen.has(value)) return "";
          seen.add(value);
          const fields = value instanceof Headers ? Object.fromEntries(value) : value;
          return Reflect.ownKeys(fields)
            .map((name) => `${String(name)}: ${dump(fields[name])}`)
            .join("\n");
        };
        const said = [];
        const codes = [];
        const note = (value) => {
          said.push(dump(value));
          if (value.cause?.code) codes.push(value.cause.code);
        };
        let tokens = 0;
        const follow = (options) =>
          new Promise((resolve) => {
            const source = connect(url, {
              retry: {
                initialMs: 1,
                maxMs: 1,
                shouldRetry: (failed) => {
                  note(failed);
                  return failed.retryable;
                },
              },
              headers(attempt) {
                note(attempt);
                return { authorization: `Bearer ${mark}-${++tokens}` };
              },
              ...options,
            });
            source.on("tick", note);
            source.onError((error) => {
              note(error);
              // The connection breaks once the event was read, and not before.
              fetch(`${url}/release`, { method: "POST" });
            });
            source.onState((state) => {
              note(state);
              note(source.state);
              if (state.status === "closed") resolve();
            });
          });
        await follow({ refresh: async () => {} });
        await follow({
          refresh: async () => {
            throw new Error("no new token");
          },
        });
        const kept = JSON.stringify([
          location.href,
          history.state,
          document.cookie,
          { ...localStorage },
          { ...sessionStorage },
          await indexedDB.databases(),
          await caches.keys(),
          performance.getEntries().map(({ name }) => name),
        ]);
        return { said, kept, codes };
      },
      [url, mark],
    );
    // It did go out, with each attempt, and all went wrong that should.
    const came = await attempts(url, (all) => all.length === 5 && all.every(({ over }) => over));
    assert.deepEqual(
      came.map(({ headers }) => headers.authorization),
      Array.from({ length: 5 }, (_, n) => `Bearer ${mark}-${n + 1}`),
    );
    for (const code of ["status", "network", "content-type"]) assert.ok(codes.includes(code), `${codes}`);
    assert.ok(said.some((text) => text.includes("no JSON")));
    assert.ok(uncaught.includes("no new token"), `${uncaught}`);
    assert.ok(urls.length > 5);

    for (const text of [...urls, ...printed, ...uncaught, ...said, kept])
      assert.ok(!text.includes(mark), text);
    for (const { query, headers } of came) {
      assert.ok(!JSON.stringify(query).includes(mark));
      assert.ok(!`${headers.referer} ${headers.cookie}`.includes(mark));
    }
  });

  for (const worker of [false, true])
    test(`a token that no header can carry shows nowhere ${worker ? "with" : "without"} a worker`, async (t) => {
      const url = await scenario({ attempts: [{ steps: [], end: "hold" }] });
      const printed = [];
      const { page, uncaught } = await open(t, {
        prepare: (page) => page.on("console", (message) => printed.push(message.text())),
      });
      const said = await page.evaluate(
        async ([url, mark, worker]) => {
          const { connect } = await import("/dist/index.js");
          const all = (error) =>
            Object(error) === error
              ? [`${error}`, error.stack, ...Object.values(error).flatMap(all)]
              : [`${error}`];
          const said = [];
          const note = (failed) => {
            said.push(...all(failed.cause));
            return false;
          };
          const token = `Bearer ${mark}\n1`;
          await new Promise((resolve) => {
            const source = connect(url, {
              worker,
              headers: async () => ({ authorization: token }),
              retry: { shouldRetry: note },
            });
            source.onState(({ status, cause }) => {
              if (cause) said.push(...all(cause));
              if (status === "closed") resolve();
            });
          });
          try {
            connect(url, { worker, headers: { authorization: token } });
          } catch (error) {
            said.push(...all(error));
          }
          return said;
        },
        [url, mark, worker],
      );
      assert.ok(said.filter((text) => text.includes('"headers.authorization"')).length > 2, `${said}`);
      for (const text of [...said, ...printed, ...uncaught]) assert.ok(!text.includes(mark), text);
    });
});
