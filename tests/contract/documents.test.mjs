/** What follows from documents of servers in other languages: see `documents/README.md`. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { command, folder } from "./support/command.mjs";

const documents = fileURLToPath(new URL("documents", import.meta.url));

/** Data of the wire that passes, and data that does not. */
const values = {
  fastapi: ({ OrdersOrdersStreamGet: orders }) => [
    [orders, { id: 1, status: "placed", at: "2026-01-01T00:00:00" }, { id: 1, status: "lost", at: "" }],
    [
      orders,
      { id: 1, status: "delivered", at: "", note: null, tags: { a: 1 } },
      { id: 1.5, status: "placed", at: "" },
    ],
  ],
  utoipa: ({ Kitchen, Orders }) => [
    [Kitchen.heat, 7, -1],
    [
      Kitchen.orderUpdate,
      { orderId: 1, status: "Placed", tags: {} },
      { orderId: 1, status: "placed", tags: {} },
    ],
    [Orders, { orderId: 1, status: "Placed", tags: {}, note: "a" }, { orderId: 1, status: "Placed" }],
  ],
  aspnetcore: ({ TodosStream, WatchPets, Vehicles }) => [
    [TodosStream, { id: 1, title: null, isComplete: true }, { id: 1, title: 7 }],
    [WatchPets.Kitten, { name: "a", lives: null }, { name: "a", lives: "nine" }],
    [WatchPets.Puppy, { name: "a", barks: true }, { name: "a" }],
    [Vehicles.car, { $type: "car", doors: 3 }, { $type: "truck", load: 1 }],
  ],
};

for (const [name, cases] of Object.entries(values))
  test(`${name}: the event maps, and validators of them`, async (t) => {
    const cwd = await folder(t);
    const document = join(documents, `${name}.json`);
    const written = join(documents, `${name}.ts`);
    const args = ["typescript", written, "--check"];
    assert.deepEqual(await command(cwd, "contract", document, ...args), { code: 0, output: "" });
    assert.match(await readFile(written, "utf8"), /^export interface /m);
    const { code, output } = await command(cwd, "contract", document, "validators", "a.mjs");
    assert.equal(code, 0, output);
    const validators = await import(pathToFileURL(join(cwd, "a.mjs")));
    for (const [schema, right, wrong] of cases(validators)) {
      const passes = (value) => !schema["~standard"].validate(value).issues;
      assert.ok(passes(right), JSON.stringify(right));
      assert.ok(!passes(wrong), JSON.stringify(wrong));
    }
  });

test("texts are decoded as they are", async (t) => {
  const cwd = await folder(t);
  for (const [name, stream] of [
    ["aspnetcore", "Log"],
    ["fastapi", "Chat"],
  ]) {
    await command(cwd, "contract", join(documents, `${name}.json`), "validators", `${name}.mjs`);
    assert.equal((await import(pathToFileURL(join(cwd, `${name}.mjs`))))[stream], "text");
  }
});
