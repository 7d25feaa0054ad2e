/** How connections are lost, resumed, revived and given up, in a real browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts, browserSuite, scenario } from "./support/browser.mjs";

/** Quick, so that no test has to wait for a reconnection. */
const quick = { initialMs: 1, maxMs: 1 };

browserSuite("connections in a browser", (open) => {
  for (const [name, options, first] of [
    // Own waits are fetch's from the start.
    ["auto", { transport: "auto", retry: quick }, "fetch"],
    // The browser reconnects by itself once, then fetch takes over.
    ["auto, left to the browser", { transport: "auto" }, "eventsource"],
    ["eventsource", { transport: "eventsource", retry: quick, eventTypes: ["tick"] }, "eventsource"],
    ["fetch", { transport: "fetch", retry: quick }, "fetch"],
  ])
    test(`after cuts the stream goes on without loss or duplicate, over ${name}`, async (t) => {
      const total = 40;
      const part = (end, atMost) => ({
        // The wait lets the head of the response arrive before what breaks it.
        steps: [
          { events: { to: total, atMost, type: "tick", seed: 7, bytes: 60, retry: 1 } },
          { waitMs: 20 },
        ],
        end,
      });
      const url = await scenario({
        attempts: [part("abort", 7), part("close", 5), part("abort", 11), part("hold", total)],
      });
      const { page, uncaught } = await open(t);
      const seen = await page.evaluate(
        async ([url, options, total]) => {
          const { connect } = await import("/dist/index.js");
          const source = connect(url, options);
          const transports = [];
          const resumedFrom = [];
          source.onState((state) => {
            if (state.status !== "open") return;
            transports.push(state.transport);
            resumedFrom.push(state.resumedFrom);
          });
          const ids = [];
          for await (const { data, lastEventId } of source.events("tick")) {
            ids.push([data.n, lastEventId]);
            if (data.n === total) break;
          }
          source.close();
          return { ids, transports, resumedFrom };
        },
        [url, options, total],
      );
      assert.deepEqual(
        seen.ids,
        Array.from({ length: total }, (_, n) => [n + 1, `${n + 1}`]),
      );
      assert.equal(seen.transports[0], first);
      const came = await attempts(url, (all) => all.at(-1).over);
      const asked = came.map(
        ({ lastEventId, query }) => lastEventId ?? new URLSearchParams(query).get("lastEventId") ?? "",
      );
      // How much of an aborted response arrives is the network's affair, but not what is asked for then.
      assert.deepEqual(asked, seen.resumedFrom);
      assert.equal(asked.length, 4);
      assert.ok(Number(asked[2]) >= Number(asked[1]) + 5, `${asked}`);
      assert.equal(came[3].clientLeft, true);
      assert.deepEqual(uncaught, []);
    });

  for (const transport of ["auto", "fetch"])
    test(`a stream refused with 503 is revived, over ${transport}`, async (t) => {
      const url = await scenario({
        attempts: [{ status: 503 }, { status: 503 }, { steps: [{ send: "data: 1\n\n" }], end: "hold" }],
      });
      const { page } = await open(t);
      const seen = await page.evaluate(
        async ([url, transport, retry]) => {
          const { connect } = await import("/dist/index.js");
          const source = connect(url, { transport, retry });
          const states = [];
          source.onState((state) => states.push([state.status, state.cause?.code, state.cause?.status]));
          const { value } = await source.events("message").next();
          const { transport: end } = source.state;
          source.close();
          return { states, data: value.data, end };
        },
        // With waits of its own `auto` would begin with fetch.
        [url, transport, transport === "auto" ? undefined : quick],
      );
      assert.equal(seen.data, 1);
      assert.equal(seen.end, "fetch");
      const failures = seen.states.filter(([status]) => status === "reconnecting");
      const first = transport === "auto" ? ["reconnecting", "refused", undefined] : undefined;
      assert.deepEqual(
        failures.map((state) => state.map((part) => part ?? undefined)),
        [first ?? ["reconnecting", "status", 503], ["reconnecting", "status", 503]],
      );
      assert.equal((await attempts(url)).length, 3);
    });

  for (const transport of ["auto", "fetch"])
    test(`204 ends the stream for good, over ${transport}`, async (t) => {
      const url = await scenario({
        attempts: [{ steps: [{ send: "retry: 1\ndata: 1\n\n" }], end: "close" }, { status: 204 }],
        afterwards: "repeat-last",
      });
      const { page } = await open(t);
      const state = await page.evaluate(
        async ([url, transport, retry]) => {
          const { connect } = await import("/dist/index.js");
          const source = connect(url, { transport, retry });
          for await (const _ of source.events("message"));
          // Long enough for another attempt, had one been planned.
          await new Promise((resolve) => setTimeout(resolve, 300));
          return source.state;
        },
        [url, transport, quick],
      );
      assert.deepEqual(state, { status: "closed", reason: "no-content" });
      assert.equal((await attempts(url)).length, 2);
    });

  test("an explicit eventsource that is refused again and again gives up", async (t) => {
    const url = await scenario({ attempts: [{ status: 404 }], afterwards: "repeat-last" });
    const { page } = await open(t);
    const { state, caught } = await page.evaluate(
      async ([url, retry]) => {
        const { connect } = await import("/dist/index.js");
        const source = connect(url, { transport: "eventsource", retry });
        const caught = await source
          .events("a")
          .next()
          .catch((error) => error.code);
        return { state: { ...source.state, cause: source.state.cause.code }, caught };
      },
      [url, quick],
    );
    assert.deepEqual(state, { status: "closed", reason: "refused", cause: "refused" });
    assert.equal(caught, "refused");
    assert.equal((await attempts(url)).length, 6);
  });

  for (const transport of ["auto", "fetch"])
    test(`a silent server's attempt ends after connectTimeoutMs, over ${transport}`, async (t) => {
      const url = await scenario({
        attempts: [{ respond: false }, { steps: [{ send: "data: 1\n\n" }], end: "hold" }],
        // Where the machine is busy, the next one too may take too long.
        afterwards: "repeat-last",
      });
      const { page } = await open(t);
      const seen = await page.evaluate(
        async ([url, transport, retry]) => {
          const { connect, init } = await import("/dist/index.js");
          await init();
          const from = performance.now();
          const source = connect(url, { transport, retry, connectTimeoutMs: 1000 });
          const lost = await new Promise((resolve) => source.onState(resolve));
          const afterMs = performance.now() - from;
          await source.events("message").next();
          source.close();
          return { status: lost.status, code: lost.cause.code, afterMs };
        },
        [url, transport, quick],
      );
      assert.deepEqual([seen.status, seen.code], ["reconnecting", "timeout"]);
      assert.ok(seen.afterMs >= 999, `${seen.afterMs}`);
      const came = await attempts(url, (all) => all[0].over);
      assert.equal(came[0].clientLeft, true);
    });
});
