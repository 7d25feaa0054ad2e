/** The engine in a worker keeps the connection: whether the page is busy is none of its business. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { WAKE } from "../../npm/modules/engine/codes.js";
import { settings } from "../../npm/modules/options/settings.js";
import { source, workers } from "./support/fake-worker.mjs";
import { network, settle, url } from "./support/network.mjs";
import { fakePage } from "./support/page.mjs";

// A copy of its own, as in a worker: page and worker each have a clock.
const file = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const { outputFiles } = await build({
  entryPoints: [file("npm/modules/hub/inside/source.js")],
  ...{ format: "esm", bundle: true, write: false },
});
const { createSource } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`
);

/** What a page says to a worker when that befalls it. */
async function saidBy(t, befall) {
  const { made } = workers(t);
  const all = network(t);
  const page = fakePage(t);
  const { source: it } = await source(t, () => made.length);
  made[0].says({});
  while (!made[0].calls.length) await settle();
  const before = made[0].calls.length;
  await befall({ ...all, page });
  await settle();
  it.close();
  return made[0].calls.slice(before).filter(([, name]) => name === "page");
}

/** A source in a worker whose stream is open. */
async function opened(t) {
  const { exports, clock, requests } = network(t);
  fakePage(t, { isWorker: true });
  const states = [];
  const note = ([, name, state]) =>
    name === "changed" && states.push([state.status, state.cause?.code ?? ""].join(" ").trim());
  const given = { ...settings({ transport: "fetch", retry: { initialMs: 1000, maxMs: 0 } }, url) };
  const create = [url, { ...given, shouldRetry: false }, [], []];
  const outbox = { now: note, soon: note, flush() {} };
  const it = createSource(
    exports,
    outbox,
    () => async () => {},
    1,
    create,
    () => {},
  );
  t.after(() => it.close());
  await settle();
  await requests[0].answer();
  await clock.advance(10_000);
  assert.deepEqual(states, ["open"]);
  return { it, clock, states, requests };
}

const busy = async ({ clock }) => {
  clock.freeze(6000);
  await clock.advance(0);
};

test("a busy page replaces no stream that its worker keeps, be it as silent as it may", async (t) => {
  const said = await saidBy(t, busy);
  assert.ok(said.length > 0);
  const { it, clock, states } = await opened(t);
  for (const [, , ...event] of said) it.page(...event);
  await clock.advance(1e5);
  assert.deepEqual(states, ["open"]);
});

test("a page that was frozen was so with its worker", async (t) => {
  const said = await saidBy(t, async ({ page }) => page.resume());
  assert.ok(said.some(([, , what]) => what === WAKE));
  const { it, clock, states } = await opened(t);
  for (const [, , ...event] of said) it.page(...event);
  await clock.advance(2000);
  assert.deepEqual(states, ["open", "reconnecting wake", "connecting"]);
});

test("a worker sees for itself that it slept", async (t) => {
  const { clock, states } = await opened(t);
  clock.sleep(6000);
  await clock.advance(2000);
  assert.deepEqual(states, ["open", "reconnecting wake", "connecting"]);
});

test("a worker that was busy itself takes what it reads for a proof of life", async (t) => {
  const { clock, states, requests } = await opened(t);
  clock.freeze(6000);
  await requests[0].chunk("data: 1\n\n");
  await clock.advance(1e5);
  assert.deepEqual(states, ["open"]);
});
