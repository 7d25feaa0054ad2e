import { type AnySchema, ContractError, keywords, referred, type Schema } from "./schema.js";

/** One of the schemas that hold together. */
export interface Part {
  readonly schema: AnySchema;
  /** How many alternatives it stands within: the more, the more special is what it says. */
  readonly rank: number;
  /** How far in it stands. */
  readonly depth: number;
}

/** Deeper than anybody nests. */
const deepest = 50;
const most = 10_000;

/** The schemas of a document, which schemas refer to. */
export class Schemas {
  readonly #all: Readonly<Record<string, AnySchema>>;

  constructor(all: Readonly<Record<string, AnySchema>>) {
    this.#all = all;
  }

  /** The schema of a name, if the document has it. */
  get(name: string): AnySchema | undefined {
    return Object.hasOwn(this.#all, name) ? this.#all[name] : undefined;
  }

  /** A schema and those that it refers to, one after the other: all of them hold. */
  layers(schema: AnySchema): AnySchema[] {
    const layers = [schema];
    for (let { $ref } = keywords(schema); $ref !== undefined; { $ref } = keywords(layers.at(-1))) {
      const target = this.get(referred($ref));
      if (target === undefined || layers.length > deepest)
        throw new ContractError(`"$ref": ${JSON.stringify($ref)} leads nowhere`);
      layers.push(target);
    }
    return layers;
  }

  /**
   * What a schema says, as alternatives of parts that hold together. The parts have nothing in them that leads to other schemas
   * of the same value, but for those that are to be left whole.
   */
  alternatives(schema: AnySchema, isWhole: (schema: AnySchema) => boolean = () => false): Part[][] {
    return this.#alternatives({ schema, rank: 0, depth: 0 }, isWhole);
  }

  #alternatives(part: Part, isWhole: (schema: AnySchema) => boolean): Part[][] {
    const { schema, rank, depth } = part;
    if (depth > deepest) throw new ContractError("the itemSchema refers to itself");
    if (schema !== false && isWhole(schema)) return [[part]];
    const within = (schema: AnySchema, rank: number) =>
      this.#alternatives({ schema, rank, depth: depth + 1 }, isWhole);
    let all: Part[][] = [[]];
    for (const layer of this.layers(schema)) {
      if (layer === false) return [];
      const { $ref: _, allOf, oneOf, anyOf, ...own } = keywords(layer);
      all = together(all, [[{ schema: own, rank, depth }]]);
      for (const one of allOf ?? []) all = together(all, within(one, rank));
      for (const some of [oneOf, anyOf])
        if (some)
          all = together(
            all,
            some.flatMap((one) => within(one, rank + 1)),
          );
    }
    return all;
  }

  /** Whether something is said of the value, in a schema or in those that it leads to. */
  isSaid(schema: AnySchema, what: (schema: Schema) => boolean): boolean {
    const within = new Set<AnySchema>();
    const done = new Set<AnySchema>();
    const isSaidBy = (schema: AnySchema): boolean =>
      this.layers(schema).some((layer) => {
        const own = keywords(layer);
        if (done.has(layer)) return false;
        if (within.has(layer)) throw new ContractError("the itemSchema refers to itself");
        if (typeof layer === "object") within.add(layer);
        const inner = [own.allOf, own.oneOf, own.anyOf].flatMap((some) => some ?? []);
        if (what(own) || inner.some(isSaidBy)) return true;
        within.delete(layer);
        done.add(layer);
        return false;
      });
    return isSaidBy(schema);
  }
}

/** Alternatives that hold together with others. */
export const together = (some: Part[][], others: Part[][]): Part[][] => {
  if (some.length * others.length > most)
    throw new ContractError(`the itemSchema has more than ${most} alternatives`);
  return some.flatMap((one) => others.map((other) => [...one, ...other]));
};
