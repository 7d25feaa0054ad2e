/** Which URLs the standard forbids although a browser's parser takes them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { EventSource } from "../../dist/eventsource.js";
import { hasForbiddenHost } from "../../npm/modules/eventsource/url.js";
import { browserSuite } from "../npm/support/browser.mjs";
import { replace } from "../npm/support/network.mjs";
import { both, run } from "./support/both.mjs";

/** No URLs, by the URL standard. */
const invalid = [
  "http://this is invalid/",
  "http://this%20is%20invalid/",
  "https://a<b/",
  "http://a>b/",
  "http://a^b/",
  "http://a|b/",
  "http://a%b/",
  "http://a%00b/",
  "http://[1::2/",
  "http://",
];

const isSyntaxError = (error) => error instanceof DOMException && error.name === "SyntaxError";

for (const url of invalid)
  test(`${url} is no URL`, () => {
    assert.throws(() => new EventSource(url), isSyntaxError);
  });

test("what a parser has taken is looked at again, as Chromium's writes it", (t) => {
  for (const hostname of ["this%20is%20invalid", "a b", "a%3Cb", "a^b", "a|b", "a%"])
    for (const protocol of ["http:", "https:", "ftp:", "ws:"])
      assert.equal(hasForbiddenHost({ protocol, hostname }), true, hostname);
  for (const hostname of [
    "",
    "localhost",
    "a.b-c_d",
    "xn--bcher-kva.example",
    "127.0.0.1",
    "[::1]",
    "a~b!$&'()*+,;=",
  ])
    assert.equal(hasForbiddenHost({ protocol: "http:", hostname }), false, hostname);
  // Only a special scheme has a domain.
  assert.equal(hasForbiddenHost({ protocol: "custom:", hostname: "a%20b" }), false);
  replace(t, {
    URL: class {
      protocol = "http:";
      hostname = "this%20is%20invalid";
      href = "http://this%20is%20invalid/";
    },
  });
  assert.throws(() => new EventSource("http://this is invalid/"), isSyntaxError);
});

browserSuite("URLs", (open) => {
  both("a host that is forbidden is a SyntaxError, whatever the browser's parser takes", async (t, one) => {
    const { page } = await open(t);
    const names = await run(
      page,
      one,
      (EventSource, urls) =>
        urls.map((url) => {
          try {
            new EventSource(url).close();
            return "none";
          } catch (error) {
            return error instanceof DOMException && error.name;
          }
        }),
      invalid,
    );
    // The browser's own differs where its parser does: that of Chromium takes some hosts.
    if (one.isOurs) assert.deepEqual(names, Array(invalid.length).fill("SyntaxError"));
    else assert.ok(names.includes("SyntaxError"));
  });
});
