/** The Model Context Protocol: a POST opens a stream, which a GET resumes as often as the server closes the connection. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../dist/index.js";
import { call, mcpServer } from "./support/mcp.mjs";

/** What a reader of all events gets. */
async function read(t, url, options) {
  const source = connect(url, options);
  t.after(() => source.close());
  const states = [];
  const errors = [];
  source.onState((state) => states.push(state));
  source.onError(({ code }) => errors.push(code));
  const got = [];
  let thrown;
  try {
    for await (const { data } of source.events()) got.push(data?.params?.progress);
  } catch (error) {
    thrown = error;
  }
  return { got, thrown, states, errors };
}

test("a call is answered over as many connections as the server wants", async (t) => {
  const { url, requests } = await mcpServer(t);
  const { got, states, errors } = await read(t, url, call());
  // The first has an id, and nothing else.
  assert.deepEqual([got, errors], [[undefined, 1, 2, 3], []]);
  assert.deepEqual(states.at(-1), { status: "closed", reason: "ended", by: "until" });
  assert.deepEqual(
    requests.map(({ method, headers }) => [method, headers["last-event-id"]]),
    [
      ["POST", undefined],
      ["GET", "s1-1"],
      ["GET", "s1-2"],
    ],
  );
  const [first, ...resumed] = requests;
  assert.equal(JSON.parse(first.body).method, "tools/call");
  for (const { body, headers, url } of resumed) {
    assert.deepEqual([body, url], ["", first.url]);
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.startsWith("content-")),
      [],
    );
    for (const name of ["accept", "mcp-protocol-version"]) assert.equal(headers[name], first.headers[name]);
  }
  const waits = states.filter(({ status }) => status === "reconnecting").map(({ waitMs }) => waitMs);
  assert.deepEqual(waits, [30, 30], "the server's reconnection time is respected");
});

test("so is one whose connections break", async (t) => {
  const { url, requests } = await mcpServer(t, { broken: 2 });
  const { got, thrown } = await read(t, url, call());
  assert.deepEqual([got, thrown, requests.length], [[undefined, 1, 2, 3], undefined, 3]);
});

test("a server that has streams for a POST only ends it", async (t) => {
  const { url, requests } = await mcpServer(t, { resumes: false });
  const { got, thrown, states } = await read(t, url, call());
  assert.deepEqual(got, [undefined, 1]);
  assert.deepEqual([thrown.code, thrown.status, requests.length], ["status", 405, 2]);
  assert.deepEqual([states.at(-1).reason, states.at(-1).cause], ["fatal", thrown]);
});

test("without until, a stream is asked for until the server has it no more", async (t) => {
  const { url, requests } = await mcpServer(t);
  const { got, thrown } = await read(t, url, { ...call({ to: 1 }), until: undefined });
  assert.deepEqual(
    [got.slice(0, 2), got.length, thrown.status, requests.length],
    [[undefined, 1], 3, 405, 2],
  );
});
