/** The test kit, by what an application's tests do with it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../npm/modules/index.js";
import { mockStream } from "../../npm/modules/testing.js";

const url = "http://localhost/orders/stream";

/** A mock, and a source of an application that knows nothing of it. */
function made(t, options, mockOptions) {
  const orders = mockStream(url, mockOptions);
  const source = connect(url, options);
  t.after(() => {
    source.close();
    orders.close();
  });
  const states = [];
  source.onState((state) => states.push(state));
  const events = [];
  source.on("orderUpdate", ({ data, lastEventId }) => events.push([data, lastEventId]));
  return { orders, source, states, events };
}

for (const transport of ["fetch", "auto"]) {
  test(`an event comes, the connection breaks, and it goes on: ${transport}`, async (t) => {
    const { orders, source, states, events } = made(t, { transport });
    const first = await orders.request();
    assert.equal(first.lastEventId, "");
    await orders.send("orderUpdate", { id: 7 }, { id: 7 });
    assert.deepEqual(events, [[{ id: 7 }, "7"]]);
    await orders.cut();
    assert.equal(source.state.status, "reconnecting");
    assert.equal((await orders.request()).lastEventId, "7");
    assert.deepEqual(
      states.map(({ status }) => status),
      ["open", "reconnecting", ...(transport === "fetch" ? ["connecting"] : []), "open"],
    );
    assert.equal(orders.connections.length, 1);
    source.close();
    assert.deepEqual([orders.connections.length, orders.requests.at(-1).clientLeft], [0, true]);
  });
}
