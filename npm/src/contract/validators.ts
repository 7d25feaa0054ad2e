/** Validators as code of their own, which Ajv writes ahead of time: nothing is evaluated where they run. */
import { type Contract, type Data, type Stream, text } from "./contract.js";
import { identifier, isFreeValue } from "./names.js";
import { type AnySchema, ContractError, keywords, mapped, referred } from "./schema.js";
import { key } from "./typescript.js";

/** The part of Ajv that is used here. */
export interface Generator {
  readonly Ajv2020: new (options: object) => Ajv;
  readonly standaloneCode: (ajv: Ajv, exports: Readonly<Record<string, string>>) => string;
}

interface Ajv {
  readonly opts: object;
  addSchema(schema: object): unknown;
  getSchema(address: string): unknown;
}

/** The code after the declarations of the types. Without types it is JavaScript. */
export const validators = (
  contract: Contract,
  types: boolean,
  { Ajv2020, standaloneCode }: Generator,
): string => {
  const checks = new Checks(contract);
  const tables = contract.streams.map((stream) => table(stream, checks, types));
  const named = [...contract.definitions.keys()].filter((name) => isFreeValue(identifier(name)));
  const exports = named.map((name) => {
    const type = types ? `: StandardSchema<${identifier(name)}>` : "";
    return `export const ${identifier(name)}${type} = ${standard(checks.ofName(name))};\n`;
  });
  const options = {
    code: { source: true, esm: true, lines: true, regExp },
    // A document may have keywords of its own, and formats are only names.
    strict: false,
    validateFormats: false,
    inlineRefs: false,
    // What every object inherits is nobody's property.
    ownProperties: checks.hasInherited,
  };
  // Their code would be for what no schema asks, and would keep a bundler from leaving validators out.
  const making = () => {
    const ajv = new Ajv2020(options);
    if (!checks.hasUnevaluated) Object.assign(ajv.opts, { unevaluated: false, dynamicRef: false });
    return ajv;
  };
  const { code, functions } = cleaned(written(checks, making, standaloneCode));
  // A name is a constant, and a function is there before all of them.
  const decoders = [...tables, ...exports]
    .join("\n")
    .replace(call, (_, name) => `$standard(${functions.get(name)})`);
  return [decoders, glue(types, code), code].join("\n");
};

/** The code, if Ajv can make it of all schemas; else an error that says which it cannot be made of. */
const written = (checks: Checks, making: () => Ajv, standaloneCode: Generator["standaloneCode"]): string => {
  try {
    const ajv = making();
    for (const { schema } of checks.schemas) ajv.addSchema(schema);
    return standaloneCode(ajv, Object.fromEntries(checks.exports));
  } catch (error) {
    for (const { schema, what } of checks.schemas) {
      try {
        const ajv = making();
        // Where it refers to, there is something else wrong, if there is.
        const alone = mapped(schema, ({ $ref: _, ...rest }) => rest) as { readonly $id: string };
        ajv.addSchema(alone);
        ajv.getSchema(alone.$id);
      } catch (own) {
        throw new ContractError(`Ajv makes no validator of ${what}: ${said(own)}`, { cause: own });
      }
    }
    throw new ContractError(`Ajv makes no validators of the schemas: ${said(error)}`, { cause: error });
  }
};

/** An error in one line. */
const said = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");

/** A pattern with the flag that JSON Schema means; without it where it is none with it, as older patterns are. */
const regExp = Object.assign(
  (pattern: string, flags: string) => new RegExp(pattern, flagsOf(pattern, flags)),
  {
    code: "new RegExp",
  },
);

const flagsOf = (pattern: string, flags: string): string => {
  try {
    return new RegExp(pattern, flags).flags;
  } catch {
    return "";
  }
};

/** The functions of the code, and the schemas that they are made from. */
class Checks {
  /** The addresses of the functions that are used, by names for them. */
  readonly exports = new Map<string, string>();
  /** Each has an address of its own, so that there is one function of it, however many refer to it. */
  readonly schemas: { readonly schema: object; readonly what: string }[] = [];
  readonly #addresses: ReadonlyMap<string, string>;
  hasUnevaluated = false;
  hasInherited = false;

  constructor({ definitions }: Contract) {
    this.#addresses = new Map([...definitions.keys()].map((name, index) => [name, `/type${index}`]));
    for (const [name, schema] of definitions)
      this.#add(this.#address(name), schema, `the schema ${JSON.stringify(name)}`);
  }

  /** The function that checks data. */
  of(data: AnySchema, what: string): string {
    const { $ref, ...rest } = keywords(data);
    if ($ref !== undefined && !Object.keys(rest).length) return this.ofName(referred($ref));
    const address = `/data${this.schemas.length}`;
    this.#add(address, data, what);
    return this.#used(address);
  }

  /** The function that checks a type. */
  ofName(name: string): string {
    return this.#used(this.#address(name));
  }

  #used(address: string): string {
    const name = address.slice(1);
    this.exports.set(name, address);
    return name;
  }

  #address(name: string): string {
    const address = this.#addresses.get(name);
    if (address === undefined) throw new ContractError(`the document has no schema ${JSON.stringify(name)}`);
    return address;
  }

  /** Adds a schema whose references are to the addresses here. */
  #add(address: string, schema: AnySchema, what: string): void {
    const own = mapped(schema, (one) => {
      this.hasUnevaluated ||=
        "unevaluatedProperties" in one || "unevaluatedItems" in one || "$dynamicRef" in one;
      this.hasInherited ||= Object.keys(Object(one.properties)).some((name) => name in {});
      const checked = Object.fromEntries(Object.entries(one).filter(([name]) => assertions.has(name)));
      return typeof one.$ref === "string" ? { ...checked, $ref: this.#address(referred(one.$ref)) } : checked;
    });
    this.schemas.push({ schema: { $id: address, ...Object(own === false ? { not: {} } : own) }, what });
  }
}

/**
 * The keywords by which values are checked. What else a document says is none of Ajv's business: texts, dialects and what others
 * have added. `uniqueItems` is left out: servers do not refuse what is there twice, and among objects it would take a time that
 * is quadratic.
 */
const assertions = new Set([
  ...[
    "$ref",
    "$dynamicRef",
    "$dynamicAnchor",
    "$defs",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
  ],
  ...["type", "const", "enum", "pattern", "minLength", "maxLength"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  ...["properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames"],
  ...["required", "minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "dependencies"],
  ...["items", "prefixItems", "unevaluatedItems", "contains", "minContains", "maxContains"],
  ...["minItems", "maxItems"],
]);

/** What `decode` takes for a stream; of one whose event types nothing tells, what `defaultDecode` takes. */
const table = ({ name, events, others }: Stream, checks: Checks, types: boolean): string => {
  const decoder = (data: Data, event: string) =>
    data === text ? `"text"` : standard(checks.of(data, `the data of ${event} in ${name}`));
  const type = (data: Data, of: string) => (data === text ? `"text"` : `StandardSchema<${name}[${of}]>`);
  const doc = (option: string, where: string) =>
    `/** What \`${option}\` of \`connect()\` takes: ${where}. */\n`;
  if (!events.length && others !== undefined) {
    const annotation = types ? `: ${type(others, "string")}` : "";
    return `${doc("defaultDecode", "each event's data is checked")}export const ${name}${annotation} = ${decoder(others, "events")};\n`;
  }
  const members = events.map(
    (event) => `  readonly ${key(event.name)}: ${type(event.data, JSON.stringify(event.name))};\n`,
  );
  const annotation = types ? `: {\n${members.join("")}}` : "";
  const lines = events.map(
    (event) => `  ${ownKey(event.name)}: ${decoder(event.data, JSON.stringify(event.name))},\n`,
  );
  return `${doc("decode", "the data of these types is checked")}export const ${name}${annotation} = {\n${lines.join("")}};\n`;
};

/** The name of a property in a value, where one of them would set the prototype. */
const ownKey = (name: string): string => (name === "__proto__" ? '["__proto__"]' : key(name));

/** Marked as a call that a bundler may leave out. */
const standard = (check: string) => `/* @__PURE__ */ $standard(${check})`;
const call = /(?<=\/\* @__PURE__ \*\/ )\$standard\((.*?)\)/g;

const glue = (types: boolean, code: string): string => {
  const any = types ? ": any" : "";
  const parts = [
    `function $standard(check${any})${any} {
  const validate = (value${any}) => (check(value) ? { value } : { issues: check.errors.map($issue) });
  return { "~standard": { version: 1, vendor: "typed-eventsource", validate } };
}
function $issue({ instancePath, message }${any}) {
  const names = instancePath.split("/").slice(1);
  return { message, path: names.map((name${any}) => name.replaceAll("~1", "/").replaceAll("~0", "~")) };
}
`,
    code.includes("$length") &&
      `function $length(text${any}) {
  return [...text].length;
}
`,
    code.includes("$equal") &&
      `function $equal(a${any}, b${any})${any} {
  if (Object(a) !== a || Object(b) !== b) return a === b;
  const names = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && $equal(a[name], b[name]));
}
`,
  ];
  return parts.filter((part) => part).join("");
};

/** What of Ajv's library the code calls, and what is called here instead. */
const runtime: Readonly<Record<string, string>> = {
  "ajv/dist/runtime/ucs2length": "$length",
  "ajv/dist/runtime/equal": "$equal",
};

/** Ajv's code as a part of a module: it imports nothing, and what is not used can be left out. */
const cleaned = (whole: string) => {
  const functions = new Map<string, string>();
  const code = whole
    .replace(/^"use strict";\n?/, "")
    .replace(/^\/\*# sourceURL=.*\n/gm, "")
    .replace(/^export const (\S+) = (\w+);\n/gm, (_, name, own) => {
      functions.set(name, own);
      return "";
    })
    .replace(
      /^const (pattern\d+) = new RegExp\(("(?:[^"\\]|\\.)*"), "(\w*)"\)/gm,
      (_, name, pattern, flags) => {
        const own = flagsOf(JSON.parse(pattern), flags);
        return `const ${name} = /* @__PURE__ */ new RegExp(${pattern}, "${own}")`;
      },
    )
    .replace(/^const (\w+) = require\("([^"]+)"\)\.default;\n/gm, (_, name, from) => {
      const instead = runtime[from];
      if (!instead) throw new ContractError(`the code that Ajv writes needs ${from}, which a page has not`);
      return `const ${name} = ${instead};\n`;
    });
  // The schemas themselves, most of which no code asks.
  const kept = code.split("\n").filter((line) => {
    const [, name] = /^const (schema\d+) = /.exec(line) ?? [];
    return !name || code.split(new RegExp(`\\b${name}\\b`)).length > 2;
  });
  return { functions, code: kept.join("\n") };
};
