/** The client against servers that others have written. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../../dist/index.js";
import { cutting } from "./support/cutting.mjs";
import { servers } from "./support/servers.mjs";

/** Reads until `done`; gives the numbers that came, the states, and what was reported. */
async function readAll(url, options = {}) {
  const got = { numbers: [], states: [], errors: [] };
  const source = connect(url, { retry: { initialMs: 20, maxMs: 50 }, ...options });
  await new Promise((resolve) => {
    source.onState((state) => {
      got.states.push(state);
      if (state.status === "closed") resolve();
    });
    source.onError((error) => got.errors.push(error));
    source.on("tick", ({ data, lastEventId }) => {
      assert.equal(data.text, "two\nlines, ü, 💡");
      assert.equal(lastEventId, String(data.n));
      got.numbers.push(data.n);
    });
    source.on("done", () => source.close());
  });
  return { ...got, stats: source.stats };
}

const upTo = (count) => Array.from({ length: count }, (_, index) => index + 1);
const count = (states, status) => states.filter((state) => state.status === status).length;
const limit = { timeout: 60_000 };

for (const { names, start } of servers)
  describe(Object.keys(names).join(" and "), () => {
    let server;
    before(async () => {
      server = await start();
    });
    after(() => server?.stop?.());

    const against = (title, body) => {
      for (const [name, path] of Object.entries(names))
        test(`${name}: ${title}`, limit, async (t) => {
          if (server.missing) return t.skip(server.missing);
          return body(new URL(path, server.origin).href, t);
        });
    };

    against("a stream that ends again and again is resumed where it ended", async (url) => {
      const { numbers, states, errors } = await readAll(`${url}?upto=10&end=3`);
      assert.deepEqual(numbers, upTo(10));
      assert.deepEqual(errors, []);
      assert.equal(count(states, "open"), 4);
    });

    against("connections that are cut in the midst of events lose and repeat none", async (url, t) => {
      const proxy = await cutting(new URL(url).origin, [420, 600, 777]);
      t.after(proxy.stop);
      const { numbers, states, errors } = await readAll(`${proxy.origin}${new URL(url).pathname}?upto=40`);
      assert.deepEqual(numbers, upTo(40));
      assert.deepEqual(errors, []);
      assert.equal(proxy.left(), 0);
      assert.equal(count(states, "reconnecting"), 3);
    });

    against("comments keep a silent stream alive", async (url) => {
      const { numbers, states, errors } = await readAll(`${url}?upto=2&quiet=3500`, { idleMs: 2_000 });
      assert.deepEqual(numbers, [1, 2]);
      assert.deepEqual(errors, []);
      assert.equal(count(states, "open"), 1);
      assert.equal(count(states, "reconnecting"), 0);
    });
  });
