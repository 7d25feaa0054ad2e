/** How many streams one page may have open, over HTTP/1.1 and over HTTP/2, in a real browser. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { at } from "../../scripts/lib/paths.mjs";
import { startServer } from "../../scripts/lib/server.mjs";
import { launch, newContext } from "./support/browser.mjs";

const program = process.env.SERVER_PROGRAM;

/** How many connections a browser opens to one origin over HTTP/1.1. */
const connections = 6;
const streams = 8;

describe("many streams of one page", { skip: program ? false : "SERVER_PROGRAM names no program" }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  /** A page of a server of its own, with so many streams in `window.streams`, which count their events. */
  async function open(t, transport, how) {
    const server = await startServer(program, { port: 0, ...how, mounts: { "/dist": at("dist") } });
    t.after(() => server.stop());
    const context = await newContext(browser, { ignoreHTTPSErrors: true });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(`${server.origin}/healthz`);
    await page.evaluate(
      async ([transport, count]) => {
        const { connect } = await import("/dist/index.js");
        const url = "/heart-rate?everyMs=20";
        // The engine's own files need a connection too: they are loaded with the first stream of all.
        const first = connect(url, { transport });
        for await (const _ of first.events("heartRate")) break;
        first.close();
        window.streams = Array.from({ length: count }, () => {
          const source = connect(url, { transport });
          const stream = { source, events: 0 };
          source.on("heartRate", () => {
            stream.events += 1;
          });
          return stream;
        });
      },
      [transport, streams],
    );
    return { page, server };
  }

  /** Waits until each of these streams has got so many more events. */
  const moved = (page, indices, events = 10) =>
    page.evaluate(
      async ([indices, events]) => {
        const from = window.streams.map((stream) => stream.events);
        const frame = () => new Promise((resolve) => setTimeout(resolve, 10));
        while (indices.some((index) => window.streams[index].events < from[index] + events)) await frame();
      },
      [indices, events],
    );

  const states = (page) =>
    page.evaluate(() => window.streams.map(({ source, events }) => [source.state.status, events > 0]));

  const all = (count) => Array.from({ length: count }, (_, index) => index);
  const isOpen = ["open", true];
  const waits = ["connecting", false];

  for (const transport of ["eventsource", "fetch"]) {
    test(`over HTTP/2 all of them move, by ${transport}`, async (t) => {
      const { page, server } = await open(t, transport, { tls: true });
      assert.match(server.origin, /^https:/);
      await moved(page, all(streams));
      assert.deepEqual(await states(page), Array(streams).fill(isOpen));
      const protocols = await page.evaluate(() => {
        const entries = performance.getEntriesByType("navigation");
        return entries.map((entry) => entry.nextHopProtocol);
      });
      assert.deepEqual(protocols, ["h2"]);
      // A connection is left for everything else.
      assert.equal(await page.evaluate(async () => (await fetch("/healthz")).text()), "ok");
    });

    test(`over HTTP/1.1 the seventh waits for one of the six, by ${transport}`, async (t) => {
      const { page, server } = await open(t, transport, { controlPort: 0 });
      // As many as there are connections, once the server knows who has left.
      const noMoreReachTheServer = async () => {
        let openStreams;
        do {
          ({ openStreams } = await (await fetch(`${server.controls}/stats`)).json());
        } while (openStreams !== connections);
      };
      await moved(page, all(connections));
      // The six go on for a long time in the life of a stream, and the others do not even reach the server.
      await moved(page, all(connections), 50);
      assert.deepEqual(await states(page), [
        ...Array(connections).fill(isOpen),
        ...Array(streams - connections).fill(waits),
      ]);
      await noMoreReachTheServer();
      // What the page asks of its own origin waits as well; what it asks of the control port does not.
      const answer = await page.evaluate(
        async (controls) => (await fetch(`${controls}/healthz`)).text(),
        server.controls,
      );
      assert.equal(answer, "ok");

      await page.evaluate(() => window.streams[0].source.close());
      await moved(page, [1, 2, 3, 4, 5, 6]);
      assert.deepEqual(await states(page), [["closed", true], ...Array(connections).fill(isOpen), waits]);
      await noMoreReachTheServer();
    });
  }
});
