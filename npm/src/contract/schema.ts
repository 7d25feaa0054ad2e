/** A JSON Schema, as far as it is looked at here. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly AnySchema[];
  readonly anyOf?: readonly AnySchema[];
  readonly allOf?: readonly AnySchema[];
  readonly items?: AnySchema;
  readonly prefixItems?: readonly AnySchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, AnySchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, AnySchema>>;
  readonly additionalProperties?: AnySchema;
  readonly contentMediaType?: string;
  readonly contentSchema?: AnySchema;
  readonly discriminator?: { readonly mapping?: Readonly<Record<string, string>> };
}

/** `true` is any value, `false` none. */
export type AnySchema = Schema | boolean;

/** What a document has wrong: a sentence for who runs the command. */
export class ContractError extends Error {}

/** A schema, which has no keywords if it is a boolean. */
export const keywords = (schema: AnySchema | undefined): Schema =>
  typeof schema === "object" && schema !== null ? schema : {};

/** The types that a schema allows, if it says so. */
export const typesOf = ({ type }: Schema): readonly string[] | undefined =>
  typeof type === "string" ? [type] : type;

const prefix = "#/components/schemas/";

/** The name that a reference to a schema of the document has there. */
export const referred = (reference: string): string => {
  const name = reference.startsWith(prefix) ? decoded(reference.slice(prefix.length)) : "";
  if (!name || name.includes("/"))
    throw new ContractError(
      `"$ref": ${JSON.stringify(reference)} is none to a schema in components: bundle the document`,
    );
  return name.replaceAll("~1", "/").replaceAll("~0", "~");
};

/** A text without percent-encoding; a sign of percent that begins none is one. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Keywords whose values are schemas, or lists of them. */
const single = new Set([
  ...["allOf", "anyOf", "oneOf", "not", "if", "then", "else"],
  ...["items", "prefixItems", "additionalItems", "contains", "unevaluatedItems"],
  ...["additionalProperties", "propertyNames", "unevaluatedProperties", "contentSchema"],
]);
/** Keywords whose values are schemas by names of any kind. */
const named = new Set([
  ...["properties", "patternProperties", "dependentSchemas", "dependencies"],
  ...["$defs", "definitions"],
]);

/**
 * The same schema with every schema in it changed, from the innermost on. In the value of any other keyword nothing is a schema,
 * whatever it looks like.
 */
export const mapped = (schema: unknown, change: (schema: Record<string, unknown>) => unknown): unknown => {
  if (Array.isArray(schema)) return schema.map((one) => mapped(one, change));
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]) => {
    if (single.has(name)) return [name, mapped(value, change)];
    if (!named.has(name)) return [name, value];
    const all = Object.entries(Object(value)).map(([name, one]) => [name, mapped(one, change)]);
    return [name, Object.fromEntries(all)];
  });
  return change(Object.fromEntries(entries));
};

/** The names of the document's schemas that a schema refers to. */
export const references = (schema: AnySchema): Set<string> => {
  const names = new Set<string>();
  mapped(schema, (one) => {
    if (typeof one.$ref === "string") names.add(referred(one.$ref));
    return one;
  });
  return names;
};
