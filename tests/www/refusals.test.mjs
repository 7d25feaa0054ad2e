/** A question that the server refuses, in each of its ways, and what the answer panel of the demo page makes of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { browserSuite, server } from "../npm/support/browser.mjs";
import { openPage } from "./support/page.mjs";

/** In the page: notes every text of the panel's refusal. */
function recordRefusals() {
  globalThis.refusals = [];
  addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector("#answer-refusal");
    const note = () => globalThis.refusals.push(place.textContent.replace(/\s+/g, " ").trim());
    new MutationObserver(note).observe(place, { childList: true, characterData: true, subtree: true });
  });
}

/** All that the page is told about six streams. */
const sixStreams = /^Over HTTP\/1\.1 a browser opens .* listens to its own\.$/;

/** Opens the page, waits for its first answer, and gives what a user of the panel does and sees. */
async function openPanel(test, open, everyMs = 10) {
  const requests = [];
  const { page, panel, ours, announced } = await openPage(test, open, {
    path: `/?tokensEveryMs=${everyMs}`,
    prepare: async (page) => {
      await page.addInitScript(recordRefusals);
      page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (!pathname.startsWith("/tokens") || request.method() !== "POST") return;
        const [url, headers, body] = [request.url(), request.headers(), request.postData()];
        // By the browser's clock, once it was answered.
        requests.push({ at: () => request.timing().startTime, url, pathname, headers, body });
      });
    },
  });
  const answer = panel("answer");
  return {
    ...answer,
    page,
    ours,
    announced,
    /** What is asked, not the logins before it. */
    questions: () => requests.filter(({ pathname }) => pathname === "/tokens"),
    logins: () => requests.filter(({ pathname }) => pathname === "/tokens/login"),
    requests,
    text: page.locator("#answer-text"),
    refusal: page.locator("#answer-refusal"),
    word: answer.place.locator(".state"),
    /** Waits until a refusal had a text like this; some change by the second. */
    refused: (pattern) =>
      page.waitForFunction(
        ([source, flags]) => globalThis.refusals.some((text) => new RegExp(source, flags).test(text)),
        [pattern.source, pattern.flags],
      ),
    /** A line in the list of changes. */
    change: (text) => answer.place.locator(".changes li", { hasText: text }).first(),
    /** Asks why there are only six streams; gives how many states came before. */
    async ask(how) {
      const since = (await answer.states()).length;
      await page.getByLabel("Question").selectOption("Why only six streams?");
      await page.getByLabel("The server").selectOption(how);
      requests.length = 0;
      await answer.button("Ask").click();
      return since;
    },
  };
}

const shows = (place, text) => place.filter({ hasText: text }).waitFor();

browserSuite("a question that is refused", (open) =>
  describe("at once", { concurrency: 3 }, () => {
    test("none: it is asked by POST, with a token in a header and in no URL", async (t) => {
      const { status, requests, questions, logins, page, ours } = await openPanel(t, open);
      await status("closed");
      const [asked, ...others] = questions();
      assert.deepEqual(others, []);
      assert.deepEqual(JSON.parse(asked.body), { question: "What are server-sent events?" });
      const [, token] = asked.headers.authorization.match(/^Bearer ([0-9a-f]{32})$/);
      for (const { url } of requests) assert.ok(!url.includes(token), url);
      // The login is no stream, and finds a connection while the streams have theirs.
      assert.equal(logins().length, 1);
      assert.notEqual(new URL(logins()[0].url).origin, new URL(page.url()).origin);
      assert.equal(new URL(asked.url).origin, new URL(server).origin);
      const { status: without } = await fetch(asked.url, { method: "POST", body: asked.body });
      assert.equal(without, 401, "whoever shows no token");
      assert.deepEqual(ours(), []);
    });

    test("401, then a new token: it goes on by itself", async (t) => {
      const all = await openPanel(t, open);
      await all.status("closed");
      const since = await all.ask("401, then a new token");
      await all.refused(/^Status 401: this token is used up: get another one by POST \/tokens\/login\./);
      await all.refused(/Got a new token, and asked again\./);
      await all.change("status 401 got a new token").waitFor();
      await all.ended(since);
      assert.match(await all.text.textContent(), sixStreams);
      assert.equal(await all.word.textContent(), "complete");
      const tokens = all.questions().map(({ headers }) => headers.authorization);
      assert.equal(new Set(tokens).size, 2, "one that was used up, and the next one");
      assert.equal(tokens.length, 2);
      // The token is kept, and the refusal was for one question.
      assert.equal(await all.page.getByLabel("The server").inputValue(), "");
      all.requests.length = 0;
      await all.button("Start again").click();
      await shows(all.text, sixStreams);
      assert.deepEqual(
        all.requests.map(({ headers }) => headers.authorization),
        [tokens[1]],
      );
      assert.equal(await all.refusal.isVisible(), false);
      assert.deepEqual(all.ours(), []);
    });

    test("401 for good: it ends with what the server said", async (t) => {
      const all = await openPanel(t, open);
      await all.status("closed");
      await all.ask("401 for good");
      await shows(
        all.refusal,
        "Status 401: this line takes no token, as it was told to: log in and try again.",
      );
      await shows(all.refusal, "The page asks no more.");
      assert.equal(await all.word.textContent(), "failed");
      assert.equal((await all.states()).at(-1), "closed status");
      await all.change("status 401 got a new token").waitFor();
      await all.change("failed fatal: the server answered with status 401").waitFor();
      assert.equal(all.questions().length, 2);
      assert.equal(await all.text.textContent(), "");
      assert.equal(await all.text.getAttribute("aria-busy"), "false");
      await all.announced(/this line takes no token/);

      const since = (await all.states()).length;
      await all.button("Start again").click();
      await all.ended(since);
      assert.match(await all.text.textContent(), sixStreams);
      assert.deepEqual(all.ours(), []);
    });

    test("429 with Retry-After: it waits as it is told to", async (t) => {
      const all = await openPanel(t, open);
      await all.status("closed");
      const since = await all.ask("429, come back in 3 s");
      await all.refused(
        /^Status 429: this line has had enough, .*: wait, then try again\.\s*Retry-After: 3\. Asks again in [34]\.\d s\./,
      );
      await all.change(/reconnecting status 429; waits [34]\.\d s/).waitFor();
      await all.ended(since);
      await shows(all.refusal, /Retry-After: 3\. Asked again after (?:[3-9]|\d\d+)\.\d s\./);
      assert.match(await all.text.textContent(), sixStreams);
      const [first, second, ...others] = all.questions();
      const wait = second.at() - first.at();
      assert.ok(wait >= 2_900, `${wait} ms`);
      assert.deepEqual(others, []);
      assert.deepEqual(all.ours(), []);
    });

    test("500: what the server said is shown, and it is asked again", async (t) => {
      const all = await openPanel(t, open);
      await all.status("closed");
      const since = await all.ask("500, with a sentence");
      await all.refused(/^Status 500: this line fails with 500, as it was told to: try again\./);
      await all.change("reconnecting status 500; waits").waitFor();
      await all.ended(since);
      await shows(all.refusal, /Asked again after \d+\.\d s\.$/);
      assert.match(await all.text.textContent(), sixStreams);
      assert.equal(all.questions().length, 2);
      assert.deepEqual(await all.counts(), { lost: 0, doubled: 0 });
      assert.deepEqual(all.ours(), []);
    });

    test("503: the button refuses this panel, too, and Try now cuts a long wait short", async (t) => {
      const all = await openPanel(t, open, 100);
      await all.line("refuse?times=1&retryAfter=60");
      await shows(
        all.refusal,
        /^Status 503: this line refuses .*Retry-After: 60\. Asks again in 6\d\.\d s\.$/s,
      );
      await all.button("Try now").click();
      // Sixty seconds had it waited.
      await shows(all.refusal, /Retry-After: 60\. Asked again after [1-5]?\d\.\d s\.$/);
      await shows(all.text, /^Server-sent events/);
      const since = (await all.states()).length;
      await all.button("503 for 4 s").click();
      await all.recovered("reconnecting status", since);
      await shows(all.refusal, /Retry-After: 1\. Asked again after/);
      assert.deepEqual(all.ours(), []);
    });

    test("one that is broken off is answered from the start, and counted from there", async (t) => {
      const all = await openPanel(t, open, 250);
      const since = (await all.states()).length;
      await all.reaches("received", 20);
      await all.button("Cut").click();
      await all.recovered("reconnecting network", since);
      await all.change("open over fetch, from the start").waitFor();
      await all.status("closed");
      const text = await all.text.textContent();
      assert.match(text, /^Server-sent events are .* it is enough\.$/);
      assert.equal(text.indexOf("Server-sent events are"), text.lastIndexOf("Server-sent events are"));
      assert.equal(await all.received(), text.split(" ").length);
      assert.deepEqual(await all.counts(), { lost: 0, doubled: 0 });
      assert.deepEqual(all.ours(), []);
    });

    test("one at which another is asked leaves nothing behind", async (t) => {
      const all = await openPanel(t, open);
      await all.ask("429, come back in 3 s");
      await all.refused(/^Status 429/);
      const since = await all.ask("answers");
      await all.ended(since);
      assert.equal(await all.refusal.isVisible(), false);
      assert.match(await all.text.textContent(), sixStreams);
      assert.equal(all.questions().length, 1);
      assert.deepEqual(all.ours(), []);
    });
  }),
);
