/** What the item of a stream says of its events. */
import { hasContent } from "./data.js";
import { type AnySchema, ContractError, keywords, typesOf } from "./schema.js";
import type { Part, Schemas } from "./schemas.js";

/** A kind of event. */
export interface Shape {
  /** The event types that it may have, if they are named. */
  readonly names: readonly string[] | undefined;
  readonly doc: string | undefined;
  /** All that is said of its data. */
  readonly data: readonly Part[];
}

/** The types of what an event has beside its data. */
const fields: Readonly<Record<string, readonly string[]>> = {
  event: ["string"],
  id: ["string"],
  retry: ["integer", "number"],
  comment: ["string"],
};

/** Each kind of event that an item may be. Nothing if the item is no event, but what stands in the data of one. */
export const shapes = (item: AnySchema, schemas: Schemas): readonly Shape[] | undefined => {
  const isNamed = schemas.isSaid(
    item,
    ({ properties = {} }) => "event" in properties || "data" in properties,
  );
  if (!isNamed) return undefined;
  const all = schemas.alternatives(item).map((parts) => ({ parts, kind: kindOf(parts, schemas) }));
  if (all.some(({ kind }) => kind === "payload") || all.every(({ kind }) => kind !== "event"))
    return undefined;
  const found = all.filter(({ kind }) => kind !== "nothing").map(({ parts }) => shape(parts, schemas));
  const possible = found.filter(({ names }) => names === undefined || names.length);
  if (!possible.length) throw new ContractError("no event type is all that the itemSchema asks of it");
  return possible;
};

/** What parts say that hold together: an event, one without type and data, anything, or what is in the data of an event. */
const kindOf = (parts: readonly Part[], schemas: Schemas): "event" | "nothing" | "anything" | "payload" => {
  const own = parts.map(({ schema }) => keywords(schema));
  const isObject = own.every(
    (one) => one.const === undefined && !one.enum && (typesOf(one)?.includes("object") ?? true),
  );
  const names = new Set(own.flatMap(({ properties = {} }) => Object.keys(properties)));
  if (!isObject || [...names].some((name) => name !== "data" && !Object.hasOwn(fields, name)))
    return "payload";
  if (!names.size) return "anything";
  // A payload, too, may have an `id` or `data`, but seldom all in the types of an event.
  const isSure = propertyOf(parts, "data").some(({ schema }) => hasContent(schema, schemas));
  const fits = Object.entries(fields).every(([name, types]) =>
    mayBe(propertyOf(parts, name), types, schemas),
  );
  if (!names.has("event") && !names.has("data")) return fits ? "nothing" : "payload";
  return isSure || fits ? "event" : "payload";
};

/** Whether a value may have one of some types, as far as it is said. That it may be missing says nothing. */
const mayBe = (said: readonly Part[], types: readonly string[], schemas: Schemas): boolean => {
  const all = schemas
    .alternatives({ allOf: said.map(({ schema }) => schema) })
    .map((parts) => parts.map(({ schema }) => typesOf(keywords(schema))?.filter((type) => type !== "null")))
    .filter((parts) => parts.every((types) => types?.length !== 0));
  const fits = (parts: (typeof all)[number]) =>
    parts.every((own) => own?.some((type) => types.includes(type)) ?? true);
  return !all.length || all.some(fits);
};

const shape = (parts: readonly Part[], schemas: Schemas): Shape => {
  const data = propertyOf(parts, "data");
  const event = propertyOf(parts, "event");
  // An event of which no type is said has the default one, unless nothing is said at all.
  const names = event.length || !data.length ? eventTypes(event, schemas) : ["message"];
  return { names, doc: docOf(parts, schemas), data };
};

/** All that is said of a property. */
const propertyOf = (parts: readonly Part[], name: string): Part[] =>
  parts.flatMap(({ schema, ...place }) => {
    const { properties = {} } = keywords(schema);
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return property === undefined ? [] : [{ schema: property, ...place }];
  });

/** The event types that are allowed, if they are named. */
const eventTypes = (event: readonly Part[], schemas: Schemas): readonly string[] | undefined => {
  const all = schemas.alternatives({ allOf: event.map(({ schema }) => schema) }).map((parts) => {
    const lists = parts.flatMap(({ schema }) => {
      const { const: one, enum: some, type } = keywords(schema);
      if (one !== undefined) return [[one]];
      return some ? [some] : type === "null" ? [[null]] : [];
    });
    return lists.length
      ? lists.reduce((some, others) => some.filter((name) => others.includes(name)))
      : undefined;
  });
  if (all.some((names) => !names)) return undefined;
  // Without a type, an event has the default one.
  const names = all.flatMap((names) => names ?? []).map((name) => (name === null ? "message" : String(name)));
  return [...new Set(names)];
};

/**
 * The text that is most about the event: the outermost describes the stream, and what that is made of the events. If there are
 * alternatives, what stands around them is about all of them.
 */
const docOf = (parts: readonly Part[], schemas: Schemas): string | undefined => {
  const namesType = (part: Part) => eventTypes(propertyOf([part], "event"), schemas) !== undefined;
  const lowest = parts.some(({ rank }) => rank) ? 1 : 0;
  const [first] = parts
    .filter(
      ({ schema, rank, depth }) =>
        depth && rank >= lowest && typeof keywords(schema).description === "string",
    )
    .sort((a, b) => b.rank - a.rank || Number(namesType(b)) - Number(namesType(a)) || a.depth - b.depth);
  return keywords(first?.schema).description;
};
