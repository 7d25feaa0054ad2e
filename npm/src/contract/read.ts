import { type Contract, type Data, type Stream, text } from "./contract.js";
import { dataOf, either } from "./data.js";
import { shapes } from "./item.js";
import { identifier, isFreeValue, isIdentifier } from "./names.js";
import { type AnySchema, ContractError, keywords, mapped, references, referred, typesOf } from "./schema.js";
import { Schemas } from "./schemas.js";

type Json = Readonly<Record<string, unknown>>;

/** The streams of an OpenAPI 3.2 document: each operation that answers with `text/event-stream` and an `itemSchema`. */
export const read = (document: unknown): Contract => {
  const root = record(document);
  if (typeof root.openapi !== "string") throw new ContractError("it is no OpenAPI document");
  const reader = new Reader(root);
  const streams = [...reader.operations()].map((operation) => reader.stream(operation));
  if (!streams.length)
    throw new ContractError(
      'no response of it is "text/event-stream" with an itemSchema, which OpenAPI 3.2 has',
    );
  const definitions = reader.definitions(streams);
  // A schema that is only the item of a stream leaves its name to it.
  const taken = new Set<string>();
  for (const name of [...definitions.keys()].map(identifier)) {
    if (taken.has(name)) throw new ContractError(`two schemas would be called ${name} in TypeScript`);
    taken.add(name);
  }
  return {
    streams: streams.map((stream) => ({ ...stream, name: free(stream.name, taken) })),
    definitions: new Map([...definitions].map(([name, schema]) => [name, nullable(schema) as AnySchema])),
  };
};

/** `nullable` of OpenAPI 3.0, which some still write, as what stands for it now. Without a type it says nothing. */
const nullable = (data: Data): Data =>
  data === text
    ? text
    : (mapped(data, ({ nullable, ...schema }) => {
        const types = typesOf(schema);
        return nullable === true && types && !types.includes("null")
          ? { ...schema, type: [...types, "null"] }
          : schema;
      }) as AnySchema);

const free = (name: string, taken: Set<string>): string => {
  const own = [name, `${name}Events`].find((one) => isFreeValue(one) && !taken.has(one));
  if (!own) throw new ContractError(`${name} is there twice: give each operation an operationId of its own`);
  taken.add(own);
  return own;
};

interface Operation {
  readonly name: string;
  readonly doc: string | undefined;
  readonly item: AnySchema;
}

class Reader {
  readonly #root: Json;
  readonly #schemas: Schemas;

  constructor(root: Json) {
    this.#root = root;
    this.#schemas = new Schemas(record(record(root.components).schemas) as Record<string, AnySchema>);
  }

  *operations(): Iterable<Operation> {
    for (const [path, value] of Object.entries(record(this.#root.paths))) {
      const { additionalOperations, ...own } = this.#resolved(value);
      for (const [method, operation] of Object.entries({ ...own, ...record(additionalOperations) })) {
        // Beside its operations a path has parameters, servers and texts.
        if (typeof operation !== "object" || Array.isArray(operation)) continue;
        const { responses, operationId, ...texts } = record(operation);
        for (const [status, one] of Object.entries(record(responses))) {
          const { description, content } = this.#resolved(one);
          const media = Object.entries(record(content)).find(([type]) => /^text\/event-stream\b/i.test(type));
          const { itemSchema } = this.#resolved(media?.[1]);
          if (!/^(?:2|default$)/i.test(status) || itemSchema === undefined) continue;
          yield {
            name: nameOf(
              typeof operationId === "string" ? operationId : `${method === "get" ? "" : method} ${path}`,
            ),
            doc: [texts.description, texts.summary, description].find((text) => typeof text === "string"),
            item: itemSchema as AnySchema,
          };
          break;
        }
      }
    }
  }

  stream({ name, doc, item }: Operation): Stream {
    const all = shapes(item, this.#schemas);
    if (!all) return { name, doc, events: [], others: nullable(item) };
    const events = new Map<string, { doc: string | undefined; all: Data[] }>();
    const others: Data[] = [];
    for (const { names, doc, data: said } of all) {
      const data = nullable(dataOf(said, this.#schemas));
      if (!names) others.push(data);
      for (const name of names ?? []) {
        const before = events.get(name);
        const own = names?.length === 1 ? data : this.#dataOf(name, names ?? [], data);
        events.set(name, { doc: before?.doc ?? doc, all: [...(before?.all ?? []), own] });
      }
    }
    return {
      name,
      doc,
      events: [...events].map(([name, { doc, all }]) => ({ name, doc, data: either(all) })),
      others: others.length ? either(others) : undefined,
    };
  }

  /** The data of one of several event types that share a schema of it: its alternative of that name. */
  #dataOf(name: string, names: readonly string[], data: Data): Data {
    if (data === text) return data;
    const layers = this.#schemas.layers(data).map(keywords);
    const mapping = layers.find(({ discriminator }) => discriminator)?.discriminator?.mapping ?? {};
    const alternatives = layers
      .flatMap(({ oneOf, anyOf }) => oneOf ?? anyOf ?? [])
      .map((one) => keywords(one).$ref)
      .filter((ref) => ref !== undefined);
    const find = (name: string) =>
      Object.hasOwn(mapping, name)
        ? mapping[name]
        : alternatives.find((ref) => referred(ref) === name || ref.split("/").at(-1) === name);
    const own = names.every(find) ? find(name) : undefined;
    return own === undefined ? data : { $ref: own.includes("/") ? own : `#/components/schemas/${own}` };
  }

  /** The schemas of the document that streams need. */
  definitions(streams: readonly Stream[]): Map<string, AnySchema> {
    const found = new Map<string, AnySchema>();
    const all = streams.flatMap(({ events, others }) => [...events.map(({ data }) => data), others]);
    const waiting = all
      .filter((data): data is AnySchema => data !== undefined && data !== text)
      .flatMap((data) => [...references(data)]);
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (found.has(name)) continue;
      const schema = this.#schemas.get(name);
      if (schema === undefined) throw new ContractError(`the document has no schema ${JSON.stringify(name)}`);
      found.set(name, schema);
      waiting.push(...references(schema));
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Something that may stand elsewhere in the document. */
  #resolved(value: unknown): Json {
    let own = record(value);
    for (let steps = 0; typeof own.$ref === "string" && steps < 50; steps++) {
      const names = own.$ref.split("/").slice(1);
      own = record(
        names.reduce<unknown>(
          (at, name) => ownOf(record(at), name.replaceAll("~1", "/").replaceAll("~0", "~")),
          this.#root,
        ),
      );
    }
    return own;
  }
}

/** A value that an object has by itself. */
const ownOf = (object: Json, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

const record = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** A name for a type, made of an `operationId` or of a path. */
const nameOf = (from: string): string => {
  if (isIdentifier(from) && /^[A-Z]/.test(from)) return from;
  const words = from.replace(/\{[^}]*\}/g, "").match(/[A-Za-z0-9]+/g) ?? [];
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return isIdentifier(name) ? name : `Stream${name}`;
};
