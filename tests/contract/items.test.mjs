/** What the command reads from the item of a stream. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { command, folder } from "./support/command.mjs";
import { document, event, json, passes, ref, written } from "./support/document.mjs";

const number = { type: "number" };
const text = { type: "string" };
const schemas = {
  Event: {
    description: "Any event.",
    type: "object",
    properties: { event: text, data: text, id: text, retry: { type: "integer" } },
  },
  Coded: json({ type: "number" }),
  Either: { oneOf: [json(ref("X")), json(ref("Y"))] },
  Plain: { type: "string", contentMediaType: "text/plain" },
  Name: { type: "string", enum: ["a", "b"] },
  X: { type: "object", properties: { x: number }, required: ["x"] },
  Y: { type: "object", properties: { y: number }, required: ["y"] },
};
const named = (name) => ({ properties: { event: { const: name } } });
const withData = (data) => ({ properties: { data } });

/** The event map of each item. */
async function maps(t, cases) {
  for (const [item, expected] of cases) {
    const { text } = await written(t, document(item, schemas), "a.ts");
    assert.equal(text.split("\n\n")[1].trimEnd(), `export interface A {\n${expected}}`, JSON.stringify(item));
  }
}

test("all parts of an item hold, in any order", (t) =>
  maps(t, [
    [{ oneOf: [{ allOf: [ref("Event")], ...event("a", number) }] }, "  /** Any event. */\n  a: number;\n"],
    [{ allOf: [event("a", number), ref("Event")] }, "  /** Any event. */\n  a: number;\n"],
    [{ allOf: [ref("Event"), event("a", number)] }, "  /** Any event. */\n  a: number;\n"],
    [
      { oneOf: [{ description: "Own.", ...event("a", number), allOf: [ref("Event")] }] },
      "  /** Own. */\n  a: number;\n",
    ],
    [{ ...ref("Event"), allOf: [named("a"), withData(json(number))] }, "  a: number;\n"],
    [{ allOf: [event("a", ref("X")), withData(json(true)), withData(json(ref("Y")))] }, "  a: X & Y;\n"],
    // What no part allows is no event.
    [
      { properties: { event: { enum: ["a", "b"] } }, oneOf: [event("a", number), event("c", text)] },
      "  a: number;\n",
    ],
    [
      { allOf: [{ properties: { event: ref("Name") } }, withData(json(number))] },
      "  a: number;\n  b: number;\n",
    ],
  ]));

test("alternatives hold beside parts, and beside each other", (t) =>
  maps(t, [
    [
      { allOf: [ref("Event"), { required: ["data"] }], oneOf: [event("a", number), event("b", text)] },
      "  a: number;\n  b: string;\n",
    ],
    [
      { allOf: [{ type: "object" }], anyOf: [event("a", number), event("b", text)] },
      "  a: number;\n  b: string;\n",
    ],
    [
      { anyOf: [named("a"), named("b")], oneOf: [withData(json(number)), withData(json(text))] },
      "  a: number | string;\n  b: number | string;\n",
    ],
    [
      { anyOf: [{ required: ["id"] }, { required: ["retry"] }], oneOf: [event("a", number)] },
      "  a: number;\n",
    ],
  ]));

test("the data is what its schemas lead to", (t) =>
  maps(t, [
    [{ ...named("a"), allOf: [withData(ref("Coded"))] }, "  a: number;\n"],
    [{ oneOf: [{ properties: { event: { const: "a" }, data: ref("Either") } }] }, "  a: X | Y;\n"],
    [{ ...withData({ oneOf: [json(ref("X")), json(ref("Y")), { type: "null" }] }) }, "  message: X | Y;\n"],
    [
      withData({
        contentMediaType: "application/json",
        oneOf: [{ contentSchema: ref("X") }, { contentSchema: ref("Y") }],
      }),
      "  message: X | Y;\n",
    ],
    [withData({ allOf: [{ contentSchema: ref("X") }, { type: "string" }] }), "  message: X;\n"],
    // What is special holds before what is general.
    [
      {
        ...withData(json(ref("X"))),
        oneOf: [
          { properties: { event: { const: "a" }, data: { type: "string", minLength: 1 } } },
          { properties: { event: { const: "b" }, data: { type: "integer" } } },
        ],
      },
      "  a: X;\n  b: number;\n",
    ],
    [
      {
        ...withData(ref("X")),
        oneOf: [{ properties: { event: { const: "a" }, data: text } }, named("b")],
      },
      "  a: string;\n  b: X;\n",
    ],
    [withData(ref("Plain")), "  message: string;\n"],
    [withData(ref("X")), "  message: X;\n"],
    [{ oneOf: [{ properties: { event: { enum: ["X", "Y"] }, data: ref("Either") } }] }, "  X: X;\n  Y: Y;\n"],
  ]));

test("an item that is no event keeps all that it is made of", async (t) => {
  const Dog = { allOf: [ref("Animal"), { type: "object", properties: { barks: { type: "boolean" } } }] };
  const Animal = { type: "object", properties: { name: text }, required: ["name"] };
  const { text: types } = await written(t, document(ref("Dog"), { Dog, Animal }), "a.ts");
  assert.match(types, /\[eventType: string\]: Dog;/);
  assert.match(types, /type Dog = Animal & /);
  const { path } = await written(t, document(Dog, { Animal }));
  const { A } = await import(pathToFileURL(path));
  assert.ok(passes(A, { name: "a", barks: true }));
  assert.ok(!passes(A, { barks: true }));
});

test("alternatives without type and data are no events", (t) =>
  maps(t, [
    [{ oneOf: [event("a", number), { properties: { retry: { type: "integer" } } }] }, "  a: number;\n"],
    [
      { oneOf: [event("a", number), { properties: { comment: text, id: text }, required: ["comment"] }] },
      "  a: number;\n",
    ],
    [{ oneOf: [event("a", number), { type: "object" }] }, "  a: number;\n"],
    [{ properties: { id: text } }, "  [eventType: string]: { id?: string };\n"],
  ]));

test("a payload may have the names that events have", (t) =>
  maps(t, [
    [
      { properties: { id: { type: "integer" }, data: ref("X") } },
      "  [eventType: string]: { id?: number; data?: X };\n",
    ],
    [
      { properties: { data: ref("X"), next: { type: ["string", "null"] } } },
      "  [eventType: string]: { data?: X; next?: string | null };\n",
    ],
    [
      { properties: { event: text, user: text } },
      "  [eventType: string]: { event?: string; user?: string };\n",
    ],
    [{ properties: { event: ref("X") } }, "  [eventType: string]: { event?: X };\n"],
    [
      { properties: { id: { type: ["integer", "null"] }, data: ref("X") } },
      "  [eventType: string]: { id?: number | null; data?: X };\n",
    ],
    [
      { oneOf: [event("a", number), { properties: { event: { type: "null" }, data: json(text) } }] },
      "  a: number;\n  message: string;\n",
    ],
    // An event says so, or has nothing else.
    [{ properties: { id: { type: "integer" }, data: json(ref("X")) } }, "  message: X;\n"],
    [{ properties: { id: { anyOf: [text, { type: "null" }] }, data: ref("X") } }, "  message: X;\n"],
  ]));

test("what cannot be is told", async (t) => {
  const cwd = await folder(t);
  const many = Array.from({ length: 5 }, () => ({
    oneOf: Array.from({ length: 9 }, (_, index) => withData(json({ const: index }))),
  }));
  const cases = [
    [{ allOf: [event("a", number), event("b", number)] }, /^error: no event type is all that/],
    [
      {
        oneOf: [
          event("a", number),
          { ...named("a"), ...{ properties: { event: { const: "a" }, data: text } } },
        ],
      },
      /^error: the data of one event type is JSON and a text/,
    ],
    [{ allOf: many }, /^error: the itemSchema has more than 10000 alternatives/],
  ];
  for (const [item, message] of cases) {
    await writeFile(join(cwd, "o.json"), JSON.stringify(document(item, schemas)));
    const { code, output } = await command(cwd, "contract", "o.json", "typescript", "a.ts");
    assert.equal(code, 1);
    assert.match(output, message);
    assert.match(output, /^error: [^\n]*\n$/);
  }
});
