/** Schemas as TypeScript. The crate `typed-eventsource-contract` writes the same; a test compares them. */
import { type Contract, type Data, type Stream, text } from "./contract.js";
import { identifier, isIdentifier } from "./names.js";
import { type AnySchema, keywords, referred, type Schema } from "./schema.js";

/** A list of a longer fixed length is any list. */
const longestTuple = 8;

const note = "An integer that JavaScript has exactly up to 2^53.";

/** The event maps, and the types that they name. */
export const declarations = ({ streams, definitions }: Contract): string =>
  [...streams.map(eventMap), ...[...definitions].map(([name, schema]) => declaration(name, schema))].join(
    "\n",
  );

const eventMap = ({ name, doc, events, others }: Stream): string => {
  const lines = events.map(
    ({ name, doc, data }) => `${comment(noted(doc, data), "  ")}  ${key(name)}: ${dataType(data, "  ")};\n`,
  );
  // Beside names that are known a type could not say it.
  if (others !== undefined && !events.length)
    lines.push(
      `${comment(noted(undefined, others), "  ")}  [eventType: string]: ${dataType(others, "  ")};\n`,
    );
  return `${comment(doc, "")}export interface ${name} {\n${lines.join("")}}\n`;
};

const dataType = (data: Data, indent: string) => (data === text ? "string" : typeOf(data, indent));

const declaration = (name: string, schema: AnySchema): string => {
  const { properties } = keywords(schema);
  const start = comment(docOf(schema), "");
  if (!properties || !isPlainObject(keywords(schema)))
    return `${start}export type ${identifier(name)} = ${typeOf(schema, "")};\n`;
  const lines = inOrder(keywords(schema)).map(
    ([name, property]) =>
      `${comment(docOf(property), "  ")}  ${member(name, property, keywords(schema), "  ")}\n`,
  );
  return `${start}export interface ${identifier(name)} {\n${lines.join("")}}\n`;
};

/** Whether an object has its properties, and nothing beside them that a type has to say. */
const isPlainObject = (schema: Schema): boolean =>
  (["additionalProperties", "patternProperties", "allOf", "anyOf", "oneOf", "$ref"] as const).every(
    (name) => schema[name] === undefined || schema[name] === false,
  );

const docOf = (schema: AnySchema): string | undefined => noted(keywords(schema).description, schema);

/** A text, with what the type cannot say. */
const noted = (doc: string | undefined, data: Data): string | undefined => {
  if (data === text || !hasWide(data)) return doc;
  return doc === undefined ? note : `${doc}\n\n${note}`;
};

const wide = new Set(["int64", "uint64", "int", "uint", "int128", "uint128"]);

/** Whether there is an integer of 64 bits or more that has no comment of its own: properties and named types have one. */
const hasWide = (schema: AnySchema): boolean => {
  const { format, items, additionalProperties, prefixItems, oneOf, anyOf, allOf, patternProperties } =
    keywords(schema);
  if (format !== undefined && wide.has(format)) return true;
  const lists = [prefixItems, oneOf, anyOf, allOf, Object.values(patternProperties ?? {})];
  return [items, additionalProperties, ...lists.flatMap((list) => list ?? [])].some(
    (one) => one !== undefined && hasWide(one),
  );
};

const comment = (doc: string | undefined, indent: string): string => {
  // Nothing in it may end the comment.
  const text = doc?.replaceAll("*/", "*\u200b/").trim();
  if (text === undefined) return "";
  const lines = text.split(/\r?\n/);
  if (lines.length === 1) return text ? `${indent}/** ${text} */\n` : "";
  return `${indent}/**\n${lines.map((line) => `${`${indent} * ${line}`.trimEnd()}\n`).join("")}${indent} */\n`;
};

/** The type of what a schema describes. Lines that it breaks are indented by `indent` and more. */
export const typeOf = (schema: AnySchema, indent: string): string => {
  if (schema === false) return "never";
  const own = keywords(schema);
  if (own.const !== undefined) return JSON.stringify(own.const);
  if (own.enum) return union(own.enum.map((value) => JSON.stringify(value)));
  const parts = own.$ref === undefined ? [] : [identifier(referred(own.$ref))];
  for (const alternatives of [own.oneOf, own.anyOf])
    if (alternatives) parts.push(union(alternatives.map((one) => typeOf(one, indent))));
  parts.push(...(own.allOf ?? []).map((one) => typeOf(one, indent)));
  if (typeof own.type === "string") parts.push(basic(own.type, own, indent));
  else if (own.type) parts.push(union(own.type.map((name) => basic(name, own, indent))));
  else if (own.properties) parts.push(object(own, indent));
  return parts.length > 1 ? parts.map(grouped).join(" & ") : (parts[0] ?? "unknown");
};

const basic = (name: string, schema: Schema, indent: string): string => {
  if (name === "array") return array(schema, indent);
  if (name === "object") return object(schema, indent);
  if (name === "integer") return "number";
  return ["string", "number", "boolean", "null"].includes(name) ? name : "unknown";
};

const array = ({ items, prefixItems, minItems, maxItems }: Schema, indent: string): string => {
  const item = items === undefined ? undefined : typeOf(items, indent);
  if (!prefixItems) {
    const isTuple = minItems !== undefined && minItems === maxItems && minItems <= longestTuple;
    if (isTuple)
      return `[${Array(minItems)
        .fill(item ?? "unknown")
        .join(", ")}]`;
    return `${grouped(item ?? "unknown")}[]`;
  }
  const all = prefixItems.map((one) => typeOf(one, indent));
  if (item !== undefined && item !== "never" && maxItems !== prefixItems.length)
    all.push(`...${grouped(item)}[]`);
  return `[${all.join(", ")}]`;
};

const object = (schema: Schema, indent: string): string => {
  const { properties, patternProperties, additionalProperties } = schema;
  const parts = [];
  const hasDocs = Object.values(properties ?? {}).some((property) => docOf(property) !== undefined);
  if (hasDocs) {
    const inner = `${indent}  `;
    const lines = inOrder(schema).map(
      ([name, property]) =>
        `${comment(docOf(property), inner)}${inner}${member(name, property, schema, inner)}\n`,
    );
    parts.push(`{\n${lines.join("")}${indent}}`);
  } else if (Object.keys(properties ?? {}).length) {
    const members = inOrder(schema).map(([name, property]) => member(name, property, schema, indent));
    parts.push(`{ ${members.join(" ").replace(/;$/, "")} }`);
  }
  const others = additionalProperties === false ? undefined : additionalProperties;
  const values = [...Object.values(patternProperties ?? {}), ...(others === undefined ? [] : [others])];
  if (values.length) parts.push(`{ [key: string]: ${union(values.map((value) => typeOf(value, indent)))} }`);
  if (parts.length) return parts.join(" & ");
  return additionalProperties === false ? "{ [key: string]: never }" : "{ [key: string]: unknown }";
};

/** The properties as the server's type has them, as far as the schema tells: those that may be missing come last. */
const inOrder = ({ properties = {}, required = [] }: Schema): [string, AnySchema][] => {
  const place = (name: string) => (required.includes(name) ? required.indexOf(name) : required.length);
  return Object.entries(properties).sort(([a], [b]) => place(a) - place(b));
};

/** A property of an object. */
const member = (name: string, property: AnySchema, object: Schema, indent: string): string =>
  `${key(name)}${object.required?.includes(name) ? "" : "?"}: ${typeOf(property, indent)};`;

/** Types beside each other, each once. */
const union = (types: readonly string[]): string => [...new Set(types)].join(" | ") || "never";

/** A type that may stand beside `&` and before `[]`. */
const grouped = (type: string): string => (/^[\p{Alphabetic}\p{N}_$]*$/u.test(type) ? type : `(${type})`);

/** The name of a property. */
export const key = (name: string): string => (isIdentifier(name) ? name : JSON.stringify(name));
