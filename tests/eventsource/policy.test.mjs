/** What ends a connection, what is reconnected, and how: the standard's word on each answer. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "../npm/support/browser.mjs";
import { both, run } from "./support/both.mjs";
import { origin, stream } from "./support/origin.mjs";

/** In the page: the types and states that each stream makes, up to its first `error`, and then no more of it. */
const play = (EventSource, urls, init) =>
  Promise.all(
    urls.map(async (url) => {
      const source = new EventSource(url, init);
      const seen = [];
      await new Promise((resolve) => {
        for (const type of ["open", "message", "error"])
          source.addEventListener(type, (event) => {
            seen.push(`${event.data ?? type} ${source.readyState}`);
            if (type === "error") resolve();
            // A scenario may wait for the response to be seen; other servers do not know the path.
            if (type === "open") fetch(`${url}/release`, { method: "POST", mode: "no-cors" }).catch(() => {});
          });
      });
      // What ends for good must be the end; what is reconnected is another test's.
      if (source.readyState === 2) await new Promise((resolve) => setTimeout(resolve, 100));
      source.close();
      return seen;
    }),
  );

/** In the page: opens streams until the first message or the end of each. */
const greet = (EventSource, urls, init) =>
  Promise.all(
    urls.map(
      (url) =>
        new Promise((resolve) => {
          const source = new EventSource(url, init);
          const settle = (what) => {
            resolve(what);
            source.close();
          };
          source.onmessage = ({ data, origin }) => settle(`${data} ${origin}`);
          source.onerror = () => source.readyState === 2 && settle("closed");
        }),
    ),
  );

const greeting = { steps: [{ send: "data: hello\n\n" }], end: "hold" };

browserSuite("answers", (open) => {
  both("any status but 200 fails the connection", async (t, one) => {
    const statuses = [201, 202, 204, 205, 206, 299, 304, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504];
    const urls = await Promise.all(
      statuses.map((status) =>
        scenario({ attempts: [{ status, headers: { "retry-after": "0" } }], afterwards: "repeat-last" }),
      ),
    );
    const { page, uncaught } = await open(t);
    const seen = await run(page, one, play, urls);
    for (const [index, status] of statuses.entries())
      assert.deepEqual([status, seen[index]], [status, ["error 2"]]);
    for (const url of urls) assert.equal((await attempts(url)).length, 1);
    assert.deepEqual(uncaught, []);
  });

  both("the content type has to be that of an event stream", async (t, one) => {
    const wrong = [
      null,
      "",
      "text/plain",
      "text/html",
      "text/event-streams",
      "text/event-stream+x",
      "x event-stream",
    ];
    const right = ["text/event-stream;charset=utf-8", "TEXT/Event-Stream; x=y", "text/event-stream;"];
    const made = (type) => scenario({ attempts: [{ ...greeting, headers: { "content-type": type } }] });
    // Chromium waits for as much as it looks at to guess a type, before it says that it is the wrong one.
    const long = { steps: [{ send: { repeat: "data: hello\n\n", times: 200 } }], end: "hold" };
    const madeLong = (type) => scenario({ attempts: [{ ...long, headers: { "content-type": type } }] });
    const { page } = await open(t);
    assert.deepEqual(
      await run(page, one, play, await Promise.all(wrong.map(madeLong))),
      wrong.map(() => ["error 2"]),
    );
    const hello = `hello ${new URL(page.url()).origin}`;
    assert.deepEqual(
      await run(page, one, greet, await Promise.all(right.map(made))),
      right.map(() => hello),
    );
  });

  both("a stream that ends or breaks is reconnected, with the last event ID", async (t, one) => {
    // A browser drops what it has not read when the network breaks.
    const then = { steps: [{ send: "id: ü\ndata: again\n\n" }, "waitForRelease"], end: "abort" };
    const first = "retry: 20\nid: 1\ndata: a\n\nid: 2\n\nid: 3\ndata: never finished";
    const url = await scenario({
      attempts: [
        { steps: [{ send: first }, { waitMs: 20 }], end: "close" },
        then,
        { steps: [{ send: "id\ndata: reset\n\n" }], end: "close" },
        { steps: [], end: "close" },
        { status: 204 },
      ],
    });
    const { page } = await open(t);
    const seen = await run(
      page,
      one,
      async (EventSource, url) => {
        const source = new EventSource(url);
        const seen = [];
        await new Promise((resolve) => {
          for (const type of ["open", "message", "error"])
            source.addEventListener(type, ({ data, lastEventId }) => {
              seen.push(
                [type, source.readyState, data, lastEventId].filter((part) => part !== undefined).join(),
              );
              if (data === "again") fetch(`${url}/release`, { method: "POST" });
              if (source.readyState === 2) resolve();
            });
        });
        return seen;
      },
      url,
    );
    assert.deepEqual(seen, [
      ...["open,1", "message,1,a,1", "error,0"],
      ...["open,1", "message,1,again,ü", "error,0"],
      ...["open,1", "message,1,reset,", "error,0"],
      ...["open,1", "error,0"],
      "error,2",
    ]);
    const came = await attempts(url);
    assert.deepEqual(
      came.map(({ lastEventId }) => lastEventId),
      [null, "2", "ü", null, null],
    );
    assert.ok(came.every(({ query }) => Object.keys(query).length === 0));
    // The reconnection time is the server's, from its first byte on.
    const pauses = came.slice(1).map(({ atMs }, index) => atMs - came[index].atMs);
    assert.ok(
      pauses.every((pause) => pause >= 15 && pause < 2500),
      `${pauses}`,
    );
  });

  both("a network error is one to reconnect after", async (t, one) => {
    const hangsUp = await origin(t, (request) => request.socket.destroy());
    const broken = await scenario({
      attempts: [{ steps: [{ send: ":\n" }, "waitForRelease"], end: "abort" }],
    });
    const gone = await origin(t, () => {});
    gone.stop();
    const { page } = await open(t);
    assert.deepEqual(await run(page, one, play, [hangsUp.origin, broken, gone.origin]), [
      ["error 0"],
      ["open 1", "error 0"],
      ["error 0"],
    ]);
  });

  both("what no browser can fetch fails the connection", async (t, one) => {
    const { page } = await open(t);
    const urls = [
      "ftp://a.test/",
      "about:blank",
      "mailto:a@a.test",
      "javascript:alert(1)",
      "file:///",
      "blob:none",
    ];
    const password = new URL("/heart-rate", page.url());
    Object.assign(password, { username: "me", password: "secret" });
    for (const url of [...urls, password.href])
      assert.deepEqual([url, ...(await run(page, one, play, [url]))], [url, ["error 2"]]);
  });

  both("a data URL is a stream like any other", async (t, one) => {
    const { page } = await open(t);
    const url = "data:text/event-stream,data:%20hello%0A%0A";
    assert.deepEqual(await run(page, one, greet, [url]), ["hello null"]);
  });

  both("an answer that CORS withholds fails the connection", async (t, one) => {
    const to = await origin(t, (request, response) => {
      const { searchParams } = new URL(request.url, "http://a.test");
      const headers = Object.fromEntries(searchParams);
      stream(response, "data: hello\n\n", headers);
    });
    const { page } = await open(t);
    const allowed = new URL(page.url()).origin;
    const url = (headers = {}) => `${to.origin}/?${new URLSearchParams(headers)}`;
    const allow = "access-control-allow-origin";
    const credentials = "access-control-allow-credentials";
    const redirect = await scenario({
      attempts: [{ status: 302, headers: { location: url() } }],
      afterwards: "repeat-last",
    });
    assert.deepEqual(
      await run(page, one, play, [url(), url({ [allow]: "http://a.test" }), url({ [allow]: "" }), redirect]),
      [["error 2"], ["error 2"], ["error 2"], ["error 2"]],
    );
    const withCredentials = true;
    const urls = [url({ [allow]: "*" }), url({ [allow]: allowed })];
    assert.deepEqual(await run(page, one, play, urls, { withCredentials }), [["error 2"], ["error 2"]]);
    const hello = `hello ${to.origin}`;
    assert.deepEqual(await run(page, one, greet, urls), [hello, hello]);
    assert.deepEqual(
      await run(page, one, greet, [url({ [allow]: allowed, [credentials]: "true" })], { withCredentials }),
      [hello],
    );
    // Of those withheld the drop-in class asks three times, to be sure, and lets each go at once.
    assert.ok(to.requests.length <= (one.isOurs ? 6 * 3 + 3 : 9), `${to.requests.length} requests`);
  });

  both("redirects are followed, and the origin is that of the final URL", async (t, one) => {
    const to = await origin(t, (_, response) =>
      stream(response, "data: hello\n\n", { "access-control-allow-origin": "*" }),
    );
    const { page } = await open(t);
    const own = new URL(page.url()).origin;
    const redirects = await Promise.all(
      [301, 302, 303, 307, 308].flatMap((status) =>
        [to.origin, "greeting"].map(async (target) => {
          const location = target === "greeting" ? await scenario({ attempts: [greeting] }) : target;
          return scenario({ attempts: [{ status, headers: { location } }] });
        }),
      ),
    );
    const seen = [];
    for (const url of redirects) seen.push(...(await run(page, one, greet, [url])));
    assert.deepEqual(
      seen,
      redirects.map((_, index) => `hello ${index % 2 ? own : to.origin}`),
    );
  });

  both("the request is the standard's", async (t, one) => {
    const to = await origin(t, (request, response) => {
      const cors = {
        "access-control-allow-origin": request.headers.origin,
        "access-control-allow-credentials": "true",
      };
      stream(response, "data: hello\n\n", { ...cors, "set-cookie": "a=b; path=/" });
    });
    const { page } = await open(t);
    await run(page, one, greet, [to.origin]);
    await run(page, one, greet, [`${to.origin}/#fragment`], { withCredentials: true });
    await run(page, one, greet, [to.origin], { withCredentials: true });
    await run(page, one, greet, [to.origin]);
    assert.deepEqual(
      to.requests.map(({ method, url, headers: { accept, cookie, "last-event-id": id, ...all } }) => [
        ...[method, url, accept, cookie, id],
        ...[all["cache-control"], all["sec-fetch-mode"], all["sec-fetch-dest"], all.origin],
      ]),
      [undefined, undefined, "a=b", undefined].map((cookie) => [
        ...["GET", "/", "text/event-stream", cookie, undefined],
        ...["no-cache", "cors", "empty", new URL(page.url()).origin],
      ]),
    );
  });

  test("to another origin the last event ID asks a preflight, unlike the browser's own", async (t) => {
    for (const isOurs of [false, true])
      for (const answers of [true, false]) {
        const to = await origin(t, ({ method, headers }, response) => {
          const cors = { "access-control-allow-origin": "*" };
          if (method === "OPTIONS")
            response
              .writeHead(200, answers ? { ...cors, "access-control-allow-headers": "last-event-id" } : cors)
              .end();
          else if (headers["last-event-id"]) stream(response, "data: resumed\n\n", cors);
          else stream(response, "retry: 1\nid: 1\n\n", cors).end();
        });
        const { page } = await open(t);
        const [seen] = await run(page, { isOurs }, greet, [to.origin]);
        const preflights = to.requests.filter(({ method }) => method === "OPTIONS").length;
        assert.deepEqual(
          [seen, preflights > 0],
          isOurs && !answers ? ["closed", true] : [`resumed ${to.origin}`, isOurs],
        );
      }
  });
});
