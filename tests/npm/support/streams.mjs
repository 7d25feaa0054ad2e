/** Event streams made of what could harm their neighbours, and what has to become of them. */

import fc from "fast-check";

/**
 * Pieces of data. Those that are no JSON alone are some in company; others look like what would keep values apart
 * in a joint text, or take one to four bytes, one or two units of UTF-16.
 */
const pieces = [
  ...["", "[1", "2]", "3,4", "1,2", "],[", "[", "]", "{", "}", "},{", ":", ",", ", ", '"', "\\", "/*", "*/"],
  ...[
    '{"a":',
    '"a"',
    '"a":1}',
    "null",
    "true",
    "-0",
    "1e999",
    "9007199254740993",
    "0.1e-400",
    "[]",
    "{}",
    " ",
  ],
  ...["\u001e", "\u001f", "\0", "\n", "\n\n", "\u2028", "\t", "\v", "\u0085", ",\n", "\u001e,"],
  ...['"\u001e"', '"b7f4"', '"b7f4",', ',"b7f4"', "b7f4", "__nonce__", "\uffff", "4294967295"],
  ...[
    "é",
    "ß",
    "\u07ff",
    "\u0800",
    "€",
    "\ufeff",
    "\ufffd",
    "💥",
    "\u{10ffff}",
    "\ud83d",
    "\udca5",
    "\ud800",
  ],
  ...['"é"', '"€💥"', '"\\ud83d', '\\udca5"', '"\ufeff"', '{"é":"💥"}'],
  ...['{"__proto__":{"a":1}}', '{"constructor":1}', '{"then":1}', '{"toJSON":1}', '{"type":"a","data":"1"}'],
  ...["data: 1", "id: 1", "event: a", ": a"],
];

const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...pieces) },
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 5 }).map((all) => all.join("")),
  },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);

/** Few that come often, and more than the engine compares. */
const types = [
  "",
  "message",
  "a",
  "b",
  "text",
  "number",
  "schema",
  "error",
  "open",
  "__proto__",
  "constructor",
];
const type = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("", "a", "é") },
  { weight: 3, arbitrary: fc.constantFrom(...types, "é", "💥", "a💥", "\ufeff", "\0", "\ud800", " a") },
  { weight: 1, arbitrary: text },
);

/** Nothing: the block has none of its own. */
const id = fc.option(fc.oneof(fc.constantFrom("", "1", "é", "💥1", "a\0", "\ufeff"), text), {
  nil: undefined,
});

// A line end within a field would be the end of the field; what is cut there was meant to be one.
const oneLine = (value) => value?.replace(/[\r\n]/g, "").toWellFormed();

const block = fc
  .record({
    type: type.map(oneLine),
    id: id.map(oneLine),
    // Without, the block is no event.
    data: fc.option(
      text.map((data) => data.replace(/\r\n?/g, "\n").toWellFormed()),
      { nil: undefined, freq: 12 },
    ),
    lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
    space: fc.constantFrom("", " "),
    comment: fc.option(fc.constantFrom("", " ", "é"), { nil: undefined, freq: 4 }),
  })
  .map((block) => ({ ...block, type: block.type || "message" }));

/** What stands between the values of a joint text. */
const separators = [",", ", "];

/** Values, some of which have a separator inside. */
const values = fc.array(
  fc.oneof(
    fc.constantFrom(1, "", ",", "a,b", [1, 2], [[], 3], { a: 1, b: [2, 3] }, { a: "b,c" }),
    // Brackets that are none.
    fc.constantFrom("[,", "]", '\\",{', ['"],[', { "}": "\\" }], { a: [["[", 2], "\\\\", 3] }),
    fc.jsonValue({ maxDepth: 2 }),
  ),
  { minLength: 1, maxLength: 8 },
);

const joins = fc.array(fc.boolean(), { minLength: 20, maxLength: 20 });

/**
 * Events whose data, with a separator between them, are the values of one array. Yet they are cut wherever it stands:
 * what one of them lacks the next one has, and some have two or three values.
 */
const run = fc
  .tuple(values, fc.constantFrom(...separators), joins, block)
  .map(([values, separator, joins, { lineEnd, space }]) => {
    const joint = values.map((value) => JSON.stringify(value)).join(separator);
    const data = [];
    for (const [index, part] of joint.split(separator).entries()) {
      if (index && joins[index % joins.length]) data.push(data.pop() + separator + part);
      else data.push(part);
    }
    return data.map((data) => ({ type: "a", data, lineEnd, space }));
  });

/** Streams of some blocks. */
export const streams = fc.oneof(
  { weight: 1, arbitrary: run },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.oneof({ weight: 5, arbitrary: block.map((one) => [one]) }, { weight: 1, arbitrary: run }), {
        maxLength: 30,
        size: "max",
      })
      .map((all) => all.flat()),
  },
);

/** Streams that are tried in any case; of each, the data. */
export const examples = [
  ["[1", "2]", "3,4"],
  ["1,2"],
  ["1", "", "2"],
  ['"', '"', '"'],
  ['{"a":"', '","b":"', '"}', "1,2,3"],
  ["[1", "2]", '3,"b7f4",4'],
  ["1\u001e2", "\u001e", "3"],
  ["1\n2", "\n", "3"],
  ['"é€💥"', '"💥"', "é", '"\ufeff"', "\0"],
].map((all) => all.map((data) => ({ type: "a", data, lineEnd: "\n", space: " " })));

/** A block on the wire. */
export function asBytes({ type, id, data, lineEnd, space, comment }) {
  const field = (name, value) => `${name}:${value.startsWith(" ") ? " " : space}${value}${lineEnd}`;
  const lines = [
    comment === undefined ? "" : `:${comment}${lineEnd}`,
    type === "message" ? "" : field("event", type),
    ...(data?.split("\n").map((line) => field("data", line)) ?? []),
    id === undefined ? "" : field("id", id),
    lineEnd,
  ];
  return Buffer.from(lines.join(""));
}

/** What subscribers have to get of these blocks. */
export function expected(blocks, decode) {
  const events = [];
  let lastEventId = "";
  for (const { type, id, data: raw } of blocks) {
    // [spec] If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value.
    if (id !== undefined && !id.includes("\0")) lastEventId = id;
    if (raw === undefined) continue;
    const event = { type, raw, lastEventId };
    try {
      events.push({ ...event, data: decoded(Object.hasOwn(decode, type) ? decode[type] : "json", raw) });
    } catch (cause) {
      events.push({ ...event, code: "decode", cause: `${cause}` });
    }
  }
  return events;
}

function decoded(decoder, raw) {
  if (decoder === "text") return raw;
  if (typeof decoder === "function") return decoder(raw);
  // Empty data is no value.
  const value = raw ? JSON.parse(raw) : undefined;
  if (decoder === "json") return value;
  const { issues, value: valid } = decoder["~standard"].validate(value);
  if (issues) throw new Error(issues[0].message);
  return valid;
}
