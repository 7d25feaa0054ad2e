/** What serde never writes of `contract/examples/rich.rs`, and what TypeScript therefore has to refuse. */
import type { Rich } from "./events.js";

const leaf = { name: "", weight: null };
export const wrong: Partial<Rich>[] = [
  // @ts-expect-error: a unit variant has no data
  { unit: 1 },
  // @ts-expect-error: there is no such variant
  { Unit: null },
  // @ts-expect-error: not a number
  { wide: "1" },
  // @ts-expect-error: an option is null, and never left out of an array
  { maybe: undefined },
  // @ts-expect-error: two items
  { pair: [1] },
  // @ts-expect-error: two items
  { inline: { a: 1, b: [1] } },
  // @ts-expect-error: renamed
  { fields: { first_field: 1, "x-y": "a", nested: { leaf, children: [] } } },
  // @ts-expect-error: skipped
  { fields: { firstField: 1, "x-y": "a", nested: { leaf, children: [] }, never: 1 } },
  // @ts-expect-error: of the tree in the tree, too
  { fields: { firstField: 1, "x-y": "a", nested: { leaf, children: [{ leaf: 1, children: [] }] } } },
  // @ts-expect-error: another tag
  { internal: { kind: "Circle", radius: 1 } },
  // @ts-expect-error: no content
  { adjacent: { t: "Number" } },
  // @ts-expect-error: neither of both
  { untagged: "1" },
  // @ts-expect-error: flattened
  { flat: { own: 1, leaf } },
  // @ts-expect-error: renamed
  { level: "Low" },
  // @ts-expect-error: of another type
  { byId: { 1: { name: 1, weight: null } } },
];
