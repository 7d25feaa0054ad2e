/** A page that is frozen, hidden, cached and offline in a real browser. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pass } from "node:timers/promises";
import { launchChromium } from "../../scripts/lib/devtools.mjs";
import { byDefault, server } from "./support/browser.mjs";

/** A host that is not this machine by its name: what is does not need the network. */
const host = "stream.test";

const transports = ["eventsource", "fetch"];

/**
 * What may be told of a fault that a page slept through, by who hears first, as `engine-page.test.mjs` says: the sleep, then
 * the loss or nothing of it; or the loss, and then the sleep, which cuts the wait short. What is stalled nobody hears of.
 */
const orders = (fault) =>
  [["network"], ["network", "wake"], ["wake"]]
    .filter((causes) => fault === "cut" || causes.join() === "wake")
    .map((causes) =>
      ["open", ...causes.map((cause) => `reconnecting ${cause}`), "connecting", "open"].join(", "),
    );

/**
 * In the page: opens a source; what becomes of it stands in `globalThis.seen`. `woke` begins to measure: a stream that is
 * not alive is replaced in less than two seconds, by timers that are as late as these ones.
 */
const follow = async ([url, options]) => {
  const seen = { states: [], ids: [], shown: [] };
  globalThis.seen = seen;
  const note = (what) => {
    seen[what] ??= performance.now();
  };
  globalThis.woke = () => {
    const resumed = performance.now();
    Object.assign(seen, { resumed, twoSeconds: undefined });
    const over = () => {
      if (seen.resumed === resumed) note("twoSeconds");
    };
    // A look at the clock, a proof that does not come, a wait.
    setTimeout(() => setTimeout(() => setTimeout(over, 750), 1000), 250);
  };
  document.addEventListener("resume", globalThis.woke);
  addEventListener("pageshow", ({ persisted }) => seen.shown.push(persisted));
  const { connect } = await import("/dist/index.js");
  const source = connect(url, { eventTypes: ["log"], ...options });
  source.onState(({ status, why, cause }) => {
    seen.states.push([status, why ?? cause?.code ?? ""].join(" ").trim());
    if (seen.resumed && status === "connecting") note("connecting");
    if (seen.resumed && status === "open") note("opened");
  });
  source.on("log", ({ lastEventId }) => {
    seen.ids.push(Number(lastEventId));
    if (seen.opened) note("spoke");
  });
};

// Beside the one that takes a minute there is room for another.
const options = { skip: server ? false : "TEST_SERVER names no server", concurrency: 2 };

describe("liveness in a browser", options, () => {
  let browser;
  let lines = 0;
  before(async () => {
    browser = await launchChromium([`--host-resolver-rules=MAP ${host} 127.0.0.1`]);
  });
  after(() => browser?.close());

  /** A page with a source of one transport that has begun to hear events. */
  async function open(transport, options = {}, origin = server) {
    const { run, call } = await browser.open(`${origin}/healthz`, { newWindow: true });
    const until = async (body, value) => {
      // Asked without a pause, the page would have time for nothing else.
      while (!(await run(body, value))) await pass(20);
    };
    await until(() => location.pathname === "/healthz" && document.readyState === "complete");
    const line = `liveness-${++lines}`;
    await run(follow, [`/logs?everyMs=100&line=${line}`, { ...byDefault, transport, ...options }]);
    const page = {
      run,
      call,
      until,
      seen: () => run(() => globalThis.seen),
      /** Hears another event than those so far. */
      async hears() {
        const count = await run(() => globalThis.seen.ids.length);
        await until((count) => globalThis.seen.ids.length > count, count);
      },
      /** Is in that state. */
      is: (state) => until((state) => globalThis.seen.states.at(-1) === state, state),
      /** What the server says of its streams. */
      line: async () => (await fetch(`${server}/lines/${line}`)).json(),
      async disturb(how) {
        const { status } = await fetch(`${server}/lines/${line}/${how}`, { method: "POST" });
        assert.equal(status, 204);
      },
      async left() {
        while ((await page.line()).open) await pass(20);
      },
      async window(windowState) {
        const { windowId } = await call("Browser.getWindowForTarget");
        await call("Browser.setWindowBounds", { windowId, bounds: { windowState } });
        await until((hidden) => document.hidden === hidden, windowState === "minimized");
      },
      lifecycle: (state) => call("Page.setWebLifecycleState", { state }),
    };
    await page.hears();
    return page;
  }

  /** It was replaced in time. */
  function assertPrompt({ resumed, connecting, twoSeconds = Infinity }, name) {
    const times = `${connecting - resumed} ms, and two seconds took ${twoSeconds - resumed} ms`;
    assert.ok(connecting < twoSeconds, `${name}: it connected after ${times}`);
  }

  /** No event was lost, and none came twice. */
  function assertWhole({ ids }) {
    assert.deepEqual(
      ids,
      ids.map((_, n) => ids[0] + n),
    );
  }

  test("what is open again two seconds after a page was frozen for a minute", async (t) => {
    const cases = transports.flatMap((transport) => [
      // A page that stays out of sight has timers that go off once a second.
      { transport, fault: "cut", stays: true },
      { transport, fault: "cut" },
      { transport, fault: "stall" },
      { transport, fault: "stall", unread: true },
    ]);
    const frozen = async ({ transport, fault, stays, unread }) => {
      const page = await open(transport);
      await page.window("minimized");
      await page.lifecycle("frozen");
      // What comes meanwhile waits for the page.
      if (unread) await pass(2000);
      await page.disturb(fault);
      await pass(60_000);
      await page.lifecycle("active");
      if (!stays) await page.window("normal");
      await page.until(() => globalThis.seen.spoke);
      return page.seen();
    };
    const all = await Promise.all(
      cases.map(async (one) => ({ ...one, name: JSON.stringify(one), seen: await frozen(one) })),
    );
    for (const { name, fault, seen } of all) {
      const [opened, spoke] = [seen.opened - seen.resumed, seen.spoke - seen.resumed].map(Math.round);
      t.diagnostic(`${name}: open after ${opened} ms, the next event after ${spoke} ms`);
      const told = seen.states.join(", ");
      assert.ok(orders(fault).includes(told), `${name}: ${told}`);
      assertPrompt(seen, name);
      assertWhole(seen);
    }
  });

  for (const transport of transports) {
    test(`a stream that is alive when a frozen page resumes loses nothing: ${transport}`, async () => {
      const page = await open(transport);
      await page.window("minimized");
      await page.lifecycle("frozen");
      await pass(5000);
      await page.lifecycle("active");
      await page.window("normal");
      await page.until(() => globalThis.seen.resumed + 2000 < performance.now());
      await page.hears();
      const seen = await page.seen();
      // What Chromium has been reading for a fetch it never reads on, so that is replaced.
      if (transport === "eventsource") assert.deepEqual(seen.states, ["open"]);
      assertWhole(seen);
    });

    test(`a clock that has jumped is a sleep: ${transport}`, async () => {
      /** In the page: as if it had slept for a minute. */
      const sleep = () => {
        const now = Date.now;
        Date.now = () => now() + 60_000;
        globalThis.woke();
      };
      const page = await open(transport);
      await page.run(sleep);
      await page.until(() => globalThis.seen.resumed + 1500 < performance.now());
      assert.deepEqual((await page.seen()).states, ["open"]);

      await page.disturb("stall");
      await page.run(sleep);
      await page.until(() => globalThis.seen.spoke);
      const seen = await page.seen();
      assert.deepEqual(seen.states, ["open", "reconnecting wake", "connecting", "open"]);
      assertPrompt(seen, transport);
      assertWhole(seen);
    });

    test(`offline an open stream is kept, and a failed attempt is followed by none: ${transport}`, async () => {
      const page = await open(
        transport,
        // The longest wait, after which one is made all the same, is longer than the test.
        { retry: { initialMs: 1, maxMs: 600_000 } },
        server.replace("127.0.0.1", host),
      );
      const emulate = (offline) => {
        const conditions = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
        return page.call("Network.emulateNetworkConditions", { offline, ...conditions });
      };
      const { requests } = await page.line();
      await page.call("Network.enable");
      await emulate(true);
      await page.until(() => !navigator.onLine);
      await page.hears();
      await page.disturb("cut");
      await page.is("paused offline");
      // Long enough for many attempts, had one been planned.
      await pass(500);
      const before = await page.seen();
      assert.deepEqual(before.states, ["open", "paused offline"]);
      assert.deepEqual(await page.line(), { open: 0, requests, refused: 0 });
      await emulate(false);
      await page.is("open");
      await page.hears();
      const seen = await page.seen();
      assert.deepEqual(seen.states.slice(2), ["reconnecting offline", "connecting", "open"]);
      assertWhole(seen);
    });

    test(`a hidden page keeps its stream unless asked not to: ${transport}`, async () => {
      const keeps = await open(transport);
      await keeps.window("minimized");
      await keeps.hears();
      await keeps.window("normal");
      await keeps.hears();
      assert.deepEqual((await keeps.seen()).states, ["open"]);

      const pauses = await open(transport, { hidden: "pause" });
      await pauses.window("minimized");
      await pauses.is("paused hidden");
      await pauses.left();
      await pauses.window("normal");
      await pauses.is("open");
      await pauses.hears();
      const seen = await pauses.seen();
      assert.deepEqual(seen.states.slice(1), ["paused hidden", "reconnecting wake", "connecting", "open"]);
      assertWhole(seen);
    });

    test(`a page in the back/forward cache has no stream, and resumes it: ${transport}`, async () => {
      const page = await open(transport);
      const { requests } = await page.line();
      await page.call("Page.navigate", { url: `${server}/healthz?elsewhere` });
      await page.until(() => location.search && document.readyState === "complete");
      await page.left();
      await page.run(() => history.back());
      await page.until(() => globalThis.seen?.shown.includes(true));
      await page.is("open");
      await page.hears();
      const seen = await page.seen();
      assert.deepEqual(seen.states.slice(1), ["paused hidden", "reconnecting wake", "connecting", "open"]);
      assert.equal((await page.line()).requests, requests + 1);
      assertWhole(seen);
    });
  }
});
