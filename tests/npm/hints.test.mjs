/** Hints at what a platform does not say: who forbade a request. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, replace, settle } from "./support/network.mjs";

const page = "https://page.example";
const elsewhere = "https://stream.example/";
const options = { transport: "fetch", retry: { initialMs: 100, maxMs: 0 } };
const refused = () => new TypeError("Failed to fetch");
const said = ({ states }) => states.at(-1).cause.message;

test("a request to another origin that never got an answer may be forbidden", async (t) => {
  const { connect, requests, clock } = network(t, { page });
  for (const words of ["Failed to fetch", "NetworkError when attempting to fetch resource.", "Load failed"]) {
    const it = await connect(options, elsewhere);
    await requests.at(-1).break(new TypeError(words));
    assert.equal(said(it), `the connection failed: ${words} (do CORS and connect-src allow it?)`);
    it.source.close();
  }
  const it = await connect(options, elsewhere);
  await requests.at(-1).answer();
  await requests.at(-1).break(refused());
  await clock.advance(100);
  await requests.at(-1).break(refused());
  assert.equal(said(it), "the connection failed: Failed to fetch", "it got one before");
});

test("the first request with Last-Event-ID that gets no answer may be forbidden for that", async (t) => {
  const { connect, requests, clock } = network(t, { page });
  const it = await connect(options, elsewhere);
  await requests[0].answer();
  await requests[0].chunk("id: 7\ndata: 1\n\n");
  await requests[0].end();
  await clock.advance(100);
  assert.equal(requests[1].init.headers["last-event-id"], "7");
  await requests[1].break(refused());
  assert.equal(said(it), "the connection failed: Failed to fetch (does CORS allow Last-Event-ID?)");
  await clock.advance(1000);
  await requests[2].answer();
  await requests[2].break(refused());
  await clock.advance(1000);
  await requests[3].break(refused());
  assert.equal(said(it), "the connection failed: Failed to fetch", "it was allowed before");
});

test("what the application throws, and the own origin, are not guessed about", async (t) => {
  const { connect, requests } = network(t, { page });
  const own = await connect(options, `${page}/stream`);
  await requests[0].break(refused());
  assert.equal(said(own), "the connection failed: Failed to fetch");
  const headers = () => {
    throw new TypeError("no token");
  };
  const thrown = await connect({ ...options, headers }, elsewhere);
  for (let n = 0; n < 5; n++) await settle();
  assert.equal(said(thrown), "the connection failed: no token");
});

test("a platform whose requests have no cache mode is asked for none", async (t) => {
  const { connect, requests } = network(t);
  await connect(options);
  assert.equal(requests[0].init.cache, "no-store");
  // As in Cloudflare Workers, whose fetch throws at it.
  replace(t, { Request: class {} });
  await connect(options);
  assert.ok(!("cache" in requests[1].init));
});
