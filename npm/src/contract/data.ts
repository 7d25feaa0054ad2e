/** What is in the data of an event: JSON, or a text. */
import { type Data, text } from "./contract.js";
import { type AnySchema, ContractError, keywords, type Schema } from "./schema.js";
import { type Part, type Schemas, together } from "./schemas.js";

/** Whether a schema says what its texts are written in. */
export const hasContent = (schema: AnySchema, schemas: Schemas): boolean =>
  schemas.isSaid(schema, saysContent);

const saysContent = ({ contentMediaType, contentSchema }: Schema): boolean =>
  contentMediaType !== undefined || contentSchema !== undefined;

/** What the schemas of the property `data` say of the data, which all hold. */
export const dataOf = (said: readonly Part[], schemas: Schemas): Data => {
  const isUncoded = (schema: AnySchema) => !hasContent(schema, schemas);
  if (said.every(({ schema }) => isUncoded(schema))) return uncoded(said);
  // What is said of it by one schema after the other, in each combination of their alternatives.
  const all = said.reduce<Part[][]>(
    (before, { schema, rank }) => {
      const own = schemas.alternatives(schema, isUncoded);
      const ranked = own.map((parts) => parts.map((part) => ({ ...part, rank: part.rank + rank })));
      return together(before, ranked);
    },
    [[]],
  );
  return either(all.filter((parts) => !parts.some(isNull)).map(coded));
};

/** Without data an event has none, and not `null`. */
const isNull = ({ schema }: Part): boolean => {
  const { type, const: one } = keywords(schema);
  return type === "null" || one === null;
};

/** What parts say of which some say what a text is written in. */
const coded = (parts: readonly Part[]): Data => {
  const some = parts.filter(({ schema }) => saysContent(keywords(schema)));
  const highest = Math.max(-1, ...some.map(({ rank }) => rank));
  const isSpecial = ({ schema, rank }: Part) =>
    rank > highest && kindOf(schema) === "other" && keywords(schema).type !== "string";
  const special = parts.filter(isSpecial);
  if (!some.length || special.length) return uncoded(special.length ? special : parts);
  // An alternative may refine what is said around it, or say something else.
  for (let rank = highest; rank >= 0; rank--) {
    const here = some.filter((part) => part.rank === rank).map(({ schema }) => keywords(schema));
    const contents = here.map(({ contentSchema }) => contentSchema).filter((one) => one !== undefined);
    if (contents.length) return allOf(contents);
    if (!here.every(({ contentMediaType }) => isJson(contentMediaType))) return text;
  }
  return true;
};

const isJson = (type: string | undefined): boolean => /^application\/(?:.*\+)?json\b/i.test(type ?? "");

/** What parts say that do not tell what a text is written in. */
const uncoded = (parts: readonly Part[]): Data => {
  const order = ["any", "string", "other", "more"];
  const sorted = parts
    .map(({ schema, rank }) => ({ schema, rank, kind: kindOf(schema) }))
    .sort((a, b) => a.rank - b.rank || order.indexOf(a.kind) - order.indexOf(b.kind));
  let whole: (typeof sorted)[number] | undefined;
  for (const part of sorted) {
    const isOther = whole?.kind === "other" && keywords(whole.schema).type !== "string";
    if (!whole || whole.kind === "any") whole = part;
    else if (part.kind === "string") whole = isOther && part.rank > whole.rank ? part : whole;
    else if (part.kind === "more")
      whole = { ...whole, schema: { ...keywords(whole.schema), ...keywords(part.schema) } };
    else if (part.kind === "other")
      whole = whole.kind === "other" && whole.rank === part.rank ? bothOf(whole, part) : part;
  }
  const schema = whole?.schema ?? true;
  return isText(schema) ? text : schema;
};

const bothOf = <P extends { schema: AnySchema }>(one: P, other: P): P => {
  const schema =
    isText(one.schema) && isText(other.schema)
      ? { ...keywords(one.schema), ...keywords(other.schema) }
      : allOf([one.schema, other.schema]);
  return { ...one, schema };
};

/** Anything, any text, a keyword more for what is said elsewhere, or something else. */
const kindOf = (schema: AnySchema): "any" | "string" | "more" | "other" => {
  if (schema === false) return "other";
  const { type, ...rest } = keywords(schema);
  const { description: _, title: _title, ...more } = rest as Schema & { title?: string };
  if (!Object.keys(more).length) return type === undefined ? "any" : type === "string" ? "string" : "other";
  const isWhole = (["$ref", "allOf", "anyOf", "oneOf", "properties", "const", "enum"] as const).some(
    (name) => more[name] !== undefined,
  );
  return type !== undefined || isWhole ? "other" : "more";
};

/**
 * Whether a schema is of a text. That is as it is, also where it looks like a number. One with another format, or one of some, is
 * the JSON of something that is written as a string.
 */
const isText = (schema: AnySchema): boolean => {
  const { type, enum: some, const: one, format, $ref } = keywords(schema);
  return (
    type === "string" &&
    some === undefined &&
    one === undefined &&
    !$ref &&
    /^(?:u?int|float|double|decimal|$)/.test(format ?? "")
  );
};

const allOf = (all: readonly AnySchema[]): AnySchema => {
  const some = distinct(all.filter((schema) => schema !== true));
  return some.length > 1 ? { allOf: some } : (some[0] ?? true);
};

/** Data of one of several kinds. */
export const either = (all: readonly Data[]): Data => {
  const kinds = distinct(all);
  if (kinds.length < 2) return kinds[0] ?? true;
  if (kinds.includes(text)) throw new ContractError("the data of one event type is JSON and a text");
  return { anyOf: kinds as AnySchema[] };
};

const distinct = <D extends Data>(all: readonly D[]): D[] => [
  ...new Map(all.map((one) => [one === text ? one : JSON.stringify(one), one])).values(),
];
