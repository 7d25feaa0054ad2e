import { type Contract, type Data, type EventType, type Stream, text } from "./contract.js";
import { identifier, isIdentifier } from "./names.js";
import { type AnySchema, ContractError, keywords, references, referred, type Schema } from "./schema.js";

type Json = Readonly<Record<string, unknown>>;

/** The streams of an OpenAPI 3.2 document: each operation that answers with `text/event-stream` and an `itemSchema`. */
export const read = (document: unknown): Contract => {
  const root = record(document);
  if (typeof root.openapi !== "string") throw new ContractError("it is no OpenAPI document");
  const schemas = record(record(root.components).schemas) as Record<string, AnySchema>;
  const reader = new Reader(root, schemas);
  const streams = [...reader.operations()].map((operation) => reader.stream(operation));
  if (!streams.length)
    throw new ContractError(
      'no response of it is "text/event-stream" with an itemSchema, which OpenAPI 3.2 has',
    );
  const definitions = reader.definitions(streams);
  // A schema that is only the item of a stream leaves its name to it.
  const taken = new Set([...definitions.keys()].map(identifier));
  return { streams: streams.map((stream) => ({ ...stream, name: free(stream.name, taken) })), definitions };
};

const free = (name: string, taken: Set<string>): string => {
  const own = [name, `${name}Events`].find((one) => !taken.has(one));
  if (!own) throw new ContractError(`${name} is there twice: give each operation an operationId of its own`);
  taken.add(own);
  return own;
};

interface Operation {
  readonly name: string;
  readonly doc: string | undefined;
  readonly item: AnySchema;
}

/** What is known of an event from the schemas around it. */
interface Shape {
  readonly event: Schema | undefined;
  readonly data: AnySchema | undefined;
  readonly doc: string | undefined;
  /** The schema that has these properties. */
  readonly whole: AnySchema;
}

class Reader {
  readonly #root: Json;
  readonly #schemas: Readonly<Record<string, AnySchema>>;

  constructor(root: Json, schemas: Readonly<Record<string, AnySchema>>) {
    this.#root = root;
    this.#schemas = schemas;
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
    const events = new Map<string, EventType>();
    let others: Data | undefined;
    for (const shape of this.#shapes(item, {
      event: undefined,
      data: undefined,
      doc: undefined,
      whole: item,
    })) {
      // An item that is no event is what stands in the data of one. An event of which no type is said has the default one.
      const data = isEvent(shape) ? this.#data(shape.data) : shape.whole;
      const names = isEvent(shape) && !shape.event ? ["message"] : this.#eventTypes(shape.event);
      if (!names) others = others === undefined ? data : either(others, data);
      for (const name of names ?? []) {
        const own = names?.length === 1 ? data : this.#dataOf(name, names ?? [], data);
        const before = events.get(name);
        const both = before ? either(before.data, own) : own;
        events.set(name, { name, doc: before?.doc ?? shape.doc, data: both });
      }
    }
    return { name, doc, events: [...events.values()], others };
  }

  /** Each kind of event that an item may be. */
  *#shapes(schema: AnySchema, outer: Shape, depth = 0): Iterable<Shape> {
    if (depth > 50) throw new ContractError("the itemSchema refers to itself");
    const own = this.#schema(schema);
    const { event, data } = own.properties ?? {};
    const inner: Shape = {
      event: event === undefined ? outer.event : this.#schema(event),
      data: data === undefined ? outer.data : refined(outer.data, data),
      doc: own.description ?? outer.doc,
      whole: schema,
    };
    // The outermost describes the stream, and what it is made of the events.
    const shape = depth ? inner : { ...inner, doc: undefined };
    const [first, ...rest] = own.allOf ?? [];
    if (first !== undefined) {
      const remaining = rest.length ? { allOf: rest } : own.oneOf ? { oneOf: own.oneOf } : {};
      for (const part of this.#shapes(first, shape, depth + 1))
        yield* Object.keys(remaining).length ? this.#shapes(remaining, part, depth + 1) : [part];
      return;
    }
    const alternatives = own.oneOf ?? own.anyOf;
    // Of an item that is no event, the alternatives are those of its data.
    const parts = alternatives?.flatMap((one) => [...this.#shapes(one, shape, depth + 1)]);
    yield* parts?.every(isEvent) ? parts : [shape];
  }

  /** The event types that a schema of them allows, if it names them. */
  #eventTypes(schema: Schema | undefined): readonly string[] | undefined {
    if (!schema) return undefined;
    const alternatives = schema.oneOf ?? schema.anyOf;
    if (alternatives) {
      const all = alternatives.map((one) => this.#eventTypes(this.#schema(one)));
      return all.every((names) => names) ? all.flatMap((names) => names ?? []) : undefined;
    }
    const names = schema.const === undefined ? schema.enum : [schema.const];
    // Without a type, an event has the default one.
    return names?.map((name) => (name === null ? "message" : String(name)));
  }

  /** What the property `data` says of the data. */
  #data(schema: AnySchema | undefined): Data {
    if (schema === undefined) return true;
    const { type, contentMediaType, contentSchema, ...rest } = keywords(schema);
    if (contentSchema !== undefined || /^application\/(?:.*\+)?json\b/i.test(contentMediaType ?? ""))
      return contentSchema ?? true;
    // A text is as it is, also where it looks like a number. One with another format, or one of some, is the JSON of something
    // that is written as a string.
    const { enum: some, const: one, format, $ref } = rest;
    const isText =
      type === "string" &&
      some === undefined &&
      one === undefined &&
      !$ref &&
      /^(?:u?int|float|double|decimal|$)/.test(format ?? "");
    return isText ? text : schema;
  }

  /** The data of one of several event types that share a schema of it: its alternative of that name. */
  #dataOf(name: string, names: readonly string[], data: Data): Data {
    if (data === text) return data;
    const { discriminator, oneOf, anyOf } = this.#schema(data);
    const mapping = discriminator?.mapping ?? {};
    const alternatives = (oneOf ?? anyOf ?? [])
      .map((one) => keywords(one).$ref)
      .filter((ref) => ref !== undefined);
    const find = (name: string) =>
      mapping[name] ?? alternatives.find((ref) => referred(ref) === name || ref.split("/").at(-1) === name);
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
      const schema = this.#schemas[name];
      if (schema === undefined) throw new ContractError(`the document has no schema ${JSON.stringify(name)}`);
      found.set(name, schema);
      waiting.push(...references(schema));
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A schema of the item, wherever it stands. */
  #schema(schema: AnySchema): Schema {
    let own = keywords(schema);
    for (let steps = 0; own.$ref !== undefined; steps++) {
      const { $ref, ...rest } = own;
      const target = this.#schemas[referred($ref)];
      if (target === undefined || steps > 50)
        throw new ContractError(`"$ref": ${JSON.stringify($ref)} leads nowhere`);
      const { properties = {}, ...others } = keywords(target);
      own = { ...others, ...rest, properties: { ...properties, ...rest.properties } };
    }
    return own;
  }

  /** Something that may stand elsewhere in the document. */
  #resolved(value: unknown): Json {
    let own = record(value);
    for (let steps = 0; typeof own.$ref === "string" && steps < 50; steps++) {
      const names = own.$ref.split("/").slice(1);
      own = record(
        names.reduce<unknown>(
          (at, name) => record(at)[name.replaceAll("~1", "/").replaceAll("~0", "~")],
          this.#root,
        ),
      );
    }
    return own;
  }
}

/** What a schema says within one that says it more generally. */
const refined = (outer: AnySchema | undefined, inner: AnySchema): AnySchema =>
  outer === undefined || typeof inner !== "object" || inner.type !== undefined || inner.$ref !== undefined
    ? inner
    : { ...keywords(outer), ...inner };

const isEvent = ({ event, data }: Shape) => event !== undefined || data !== undefined;

const record = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** Data of two kinds. */
const either = (one: Data, other: Data): Data => {
  if (one === other || JSON.stringify(one) === JSON.stringify(other)) return one;
  if (one === text || other === text)
    throw new ContractError("the data of one event type is JSON and a text");
  return { anyOf: [one, other] };
};

/** A name for a type, made of an `operationId` or of a path. */
const nameOf = (from: string): string => {
  if (isIdentifier(from) && /^[A-Z]/.test(from)) return from;
  const words = from.replace(/\{[^}]*\}/g, "").match(/[A-Za-z0-9]+/g) ?? [];
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return isIdentifier(name) ? name : `Stream${name}`;
};
