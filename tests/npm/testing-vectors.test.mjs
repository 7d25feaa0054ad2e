/** The parsing vectors as a mock sends them: what stands in for the browser's EventSource reads them as that does. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { connect } from "../../npm/modules/index.js";
import { mockStream } from "../../npm/modules/testing.js";

const vectors = JSON.parse(await readFile(new URL("../vectors-standard.json", import.meta.url), "utf8"));

const data = ({ data, repeat: [text, times, end] = [] }) => data ?? text.repeat(times).slice(0, end);

for (const transport of ["eventsource", "fetch"])
  test(`every vector means the same: ${transport}`, async (t) => {
    for (const { name, chunks, then = [], expect, alsoListen = [] } of vectors) {
      const attempts = [chunks, ...then].map((chunks) => ({ steps: chunks.map((send) => ({ send })) }));
      const mock = mockStream("http://localhost/vector", { script: { attempts } });
      const types = new Set(["message", ...expect.events.map(({ type }) => type), ...alsoListen]);
      const source = connect("http://localhost/vector", {
        transport,
        defaultDecode: "text",
        eventTypes: [...types],
        ...(transport === "fetch" && { retry: { maxMs: 0 } }),
      });
      t.after(() => source.close());
      const events = [];
      source.onError(() => {});
      for (const type of types)
        source.on(type, (event) => events.push([event.type, event.data, event.lastEventId]));
      const ids = [];
      const waits = [];
      let before = 0;
      const expected = expect.lastEventIdHeaders ?? [];
      for (let request = 0; request <= attempts.length; request++) {
        const { lastEventId, atMs } = await mock.request({ withinMs: 2 ** 53 });
        ids.push(lastEventId);
        if (request) waits.push(atMs - before);
        before = atMs;
      }
      assert.deepEqual(
        events,
        expect.events.map((event) => [event.type, data(event), event.lastEventId]),
        name,
      );
      assert.deepEqual(ids.slice(0, expected.length), expected, name);
      // Beyond the time that a connection may take, the package takes over from the browser's EventSource.
      if (expect.retry <= 30_000 && expect.retry !== null) assert.equal(waits[0], expect.retry, name);
      source.close();
      mock.close();
    }
  });
