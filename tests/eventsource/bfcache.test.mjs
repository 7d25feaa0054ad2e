/** The back/forward cache: a page in it has no connection, and gets a new one when it is back. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { attempts, launch, newContext, scenario, server } from "../npm/support/browser.mjs";
import { run } from "./support/both.mjs";

describe("the back/forward cache", { skip: server ? false : "TEST_SERVER names no server" }, () => {
  let browser;
  before(async () => {
    // Without this, Playwright turns the cache off.
    browser = await launch({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  });
  after(() => browser?.close());

  async function open(t) {
    const context = await newContext(browser);
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(`${server}/fixtures/page.html`);
    return page;
  }

  /** In the page: opens a source, and follows it. */
  const follow = (EventSource, url) => globalThis.follow(new EventSource(url));
  const seen = (page) => page.evaluate(() => globalThis.seen);
  const sees = (page, what) => page.waitForFunction((what) => globalThis.seen.includes(what), what);

  async function away(page) {
    await page.goto(`${server}/healthz`);
  }

  async function back(page) {
    // Playwright's own way back does not know the cache.
    await page.evaluate(() => history.back());
    await page.waitForFunction(() => globalThis.seen?.at(-1) !== undefined);
    await sees(page, "pageshow true");
  }

  const dropped = {
    attempts: [
      { steps: [{ send: "retry: 600000\nid: 1\ndata: a\n\nid: 2\n\n" }], end: "hold" },
      { steps: [{ send: "data: b\n\n" }], end: "hold" },
    ],
  };

  test("an open connection is dropped, and resumed at once without an error", async (t) => {
    const url = await scenario(dropped);
    const page = await open(t);
    await run(page, { isOurs: true }, follow, url);
    await sees(page, "a 1");
    await away(page);
    const came = await attempts(url, (all) => all[0].over);
    assert.deepEqual(
      came.map(({ clientLeft }) => clientLeft),
      [true],
    );

    await back(page);
    await sees(page, "b 1");
    assert.deepEqual(await seen(page), [
      ...["pageshow false", "open 1", "a 1"],
      ...["pagehide true", "left 0", "pageshow true"],
      // The server's reconnection time, ten minutes, is not for this.
      ...["open 1", "b 1"],
    ]);
    const ids = (await attempts(url)).map(({ lastEventId }) => lastEventId);
    assert.deepEqual(ids, [null, "2"]);
  });

  test("a request that must not be repeated is over when the page leaves", async (t) => {
    const url = await scenario(dropped);
    const page = await open(t);
    const post = (EventSource, url) => globalThis.follow(new EventSource(url, { method: "POST" }));
    await run(page, { isOurs: true }, post, url);
    await sees(page, "a 1");
    await away(page);
    await back(page);
    assert.deepEqual(await seen(page), [
      ...["pageshow false", "open 1", "a 1"],
      ...["pagehide true", "left 2", "pageshow true"],
    ]);
    assert.equal((await attempts(url)).length, 1);
  });

  test("what this browser's own class does is told here: whatwg/html#12381 is open", async (t) => {
    const url = await scenario(dropped);
    const page = await open(t);
    await run(page, { isOurs: false }, follow, url);
    await sees(page, "a 1");
    await away(page);
    await back(page);
    t.diagnostic(`Chromium ${browser.version()}: ${(await seen(page)).join(", ")}`);
  });

  test("who waits for the reconnection time waits on, and who is closed stays closed", async (t) => {
    const waiting = await scenario({
      attempts: [{ steps: [{ send: "retry: 600000\ndata: a\n\n" }], end: "close" }],
    });
    const other = await scenario({ attempts: [{ end: "hold" }, { end: "hold" }], afterwards: "repeat-last" });
    const page = await open(t);
    /** In the page: opens a source, and closes it as soon as it is open. */
    const visit = async (EventSource, url) => {
      const source = new EventSource(url);
      await new Promise((resolve) => {
        source.onopen = resolve;
      });
      source.close();
      source.onopen = source.onerror = ({ type }) => globalThis.seen.push(`closed: ${type}`);
    };
    await run(page, { isOurs: true }, visit, other);
    await run(page, { isOurs: true }, follow, waiting);
    await sees(page, "error 0");
    await away(page);
    await back(page);
    // Whatever the way back made anybody ask for was asked for before this.
    await run(page, { isOurs: true }, visit, other);
    assert.deepEqual(await seen(page), [
      ...["pageshow false", "open 1", "a 1", "error 0"],
      ...["pagehide true", "left 0", "pageshow true"],
    ]);
    assert.equal((await attempts(waiting)).length, 1);
    assert.equal((await attempts(other)).length, 2);
  });
});
