/** A million events, cut two hundred times wherever it may be, arrive complete, in order, once each. */

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, test } from "node:test";
import { attempts, scenario, server } from "../npm/support/browser.mjs";
import { result } from "./support/chromium.mjs";
import { cutPlaces, lastWhole } from "./support/cuts.mjs";

const events = 1_000_000;
const cuts = 200;

/** `retry` without anything random; the server sets the reconnection time. */
const retry = { maxMs: 0 };
const ways = [
  { name: "fetch", options: { transport: "fetch", retry } },
  {
    name: "eventsource, by the query",
    // It hides what the server says about the reconnection time.
    options: { transport: "eventsource", retry: { ...retry, initialMs: 1 } },
  },
  {
    name: "eventsource, by the browser",
    options: { transport: "eventsource", retry, lastEventIdParam: false },
  },
];

describe("delivery", { skip: server ? false : "TEST_SERVER names no server" }, () => {
  for (const { name, options } of ways)
    test(`of ${events} events, cut ${cuts} times, over ${name}`, (t) => deliver(t, name, options));
});

async function deliver(t, name, options) {
  const seed = Number(process.env.DELIVERY_SEED || randomInt(2 ** 32));
  t.diagnostic(`DELIVERY_SEED=${seed} repeats the places of the cuts`);
  const script = { to: events, type: "tick", seed, bytes: 40, retry: 1, lineEnd: "crlf", perWrite: 64 };
  const places = cutPlaces(seed, cuts, script);
  const stream = await scenario({
    attempts: [
      ...places.map(({ after, bytes, end }) => ({
        // Most of what was sent before it is broken off arrives then, as where a network fails.
        steps: [
          { events: { ...script, to: after, partBytes: bytes } },
          ...(end === "abort" ? [{ waitMs: 100 }] : []),
        ],
        end,
      })),
      { steps: [{ events: script }], end: "hold" },
    ],
  });
  const page = new URL("/delivery/index.html", server);
  page.searchParams.set("stream", stream);
  page.searchParams.set("script", JSON.stringify(script));
  page.searchParams.set("options", JSON.stringify(options));
  const start = performance.now();
  const { opened, ...seen } = await result(page, t.signal);
  const seconds = (performance.now() - start) / 1000;
  const came = await attempts(stream, (all) => all.at(-1)?.over);
  const asked = came.map(({ lastEventId, query }) => lastEventId ?? query.lastEventId ?? "");
  const ids = asked.map(Number);
  const exact = places.filter((place, index) => ids[index + 1] === lastWhole(place, script));
  // Broken off so soon that the browser showed nothing of it.
  const empty = places.filter((_, index) => ids[index + 1] === ids[index]);
  console.log(
    `${name}: ${seen.events} events, ${came.length - 1} cuts (${exact.length} arrived to the byte, ${empty.length} before any` +
      ` event), ${seen.lost} lost, ${seen.doubled} doubled, ${seen.wrong} wrong, ${seconds.toFixed(1)} s, seed ${seed}`,
  );

  assert.deepEqual(seen, { events, lost: 0, doubled: 0, wrong: 0, examples: [] });
  assert.equal(came.length, cuts + 1);
  // Each goes on from the last event that the page has got, so that the ids ascend with what arrives.
  const { transport } = options;
  assert.deepEqual(
    opened,
    asked.map((id) => [transport, id, Number(id)]),
  );
  places.forEach((place, index) => {
    const [before, id] = ids.slice(index, index + 2);
    const last = lastWhole(place, script);
    const where = `after a cut (${place.end}) beyond event ${place.after}: ${before}, then ${id}`;
    // What breaks off may take along what is on its way; what ends does not.
    if (place.end === "close") assert.equal(id, last, where);
    else assert.ok(id >= before && id <= last, where);
  });
  assert.ok(empty.length < cuts / 20, `${empty.length} attempts brought nothing`);
}
