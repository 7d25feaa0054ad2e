/** Node's own fetch ends a body that is silent for too long; an application can lift that. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { connect } from "../../dist/index.js";

// Node has the class, and no name for it.
await fetch("data:,");
const { constructor: Agent } = globalThis[Symbol.for("undici.globalDispatcher.1")];

test("a dispatcher with another bodyTimeout is heeded, and 0 is none", async (t) => {
  const open = [];
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
    open.push(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${server.address().port}/`;
  const source = (bodyTimeout) => {
    const dispatcher = new Agent({ bodyTimeout });
    const all = connect(url, {
      fetch: (url, init) => fetch(url, { ...init, dispatcher }),
      retry: { initialMs: 1, maxMs: 0 },
    });
    t.after(() => all.close());
    return all;
  };
  const patient = source(0);
  const states = [];
  patient.onState(({ status }) => states.push(status));
  const events = patient.events("message");
  assert.equal((await events.next()).value.data, 1);
  const hasty = source(100);
  await new Promise((resolve) => hasty.onState(({ status }) => status === "reconnecting" && resolve()));
  open[0].write("data: 2\n\n");
  assert.equal((await events.next()).value.data, 2);
  assert.deepEqual(states, ["open"]);
});
