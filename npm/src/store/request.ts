import type { EventSourceUrl } from "../index.js";

const ids = new WeakMap<object, number>();
let newest = 0;

/** Tells an object, a function or a symbol by a number. */
const idOf = (value: unknown): string => {
  const known = ids.get(value as object);
  if (known) return `#${known}`;
  newest++;
  try {
    ids.set(value as object, newest);
  } catch {
    // A symbol, in an engine that cannot remember one: it equals nothing.
  }
  return `#${newest}`;
};

/** A URL in full, as `connect()` resolves it. One that is wrong stays as it is, for `connect()` to say so. */
const resolved = (url: unknown): unknown => {
  try {
    return typeof url === "function" ? url : new URL(url as string, globalThis.document?.baseURI).href;
  } catch {
    return url;
  }
};

/** The classes whose objects say everything when they are gone through. */
const lists: readonly string[] = ["Headers", "FormData", "URLSearchParams", "Map", "Set"];

/** How deep data are described: further down, and where they contain themselves, objects are told by their identity. */
const DEPTH = 64;

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

/**
 * Describes a request, so that equal ones have equal descriptions and others never do: data by what they say, and objects that
 * say nothing, such as a signal, by their identity. Text stands in quotes, so that no data look like an identity or a class.
 * Nothing that an object says of itself counts, such as `toJSON()`.
 *
 * @param isByPlace - whether functions and schemas count as equal where they stand at the same place; else they are told by
 * their identity
 */
export const describe = (url: EventSourceUrl, options: object, isByPlace: boolean): string => {
  const around = new Set<unknown>();

  /** @param path - the options that the value stands in */
  const said = (value: unknown, path: string): string => {
    if (typeof value === "string") return JSON.stringify(value);
    if (Object.is(value, -0)) return "-0";
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "symbol") {
      const name = Symbol.keyFor(value);
      return name === undefined ? idOf(value) : `symbol ${JSON.stringify(name)}`;
    }
    // A storage changes while it is used.
    if (path === ".persist.storage" && Object(value) === value) return idOf(value);
    if (typeof value === "function") return isByPlace ? "function" : idOf(value);
    if (typeof value !== "object" || !value) return String(value);
    if ("~standard" in value) return isByPlace ? "function" : idOf(value);
    if (around.has(value) || around.size > DEPTH) return idOf(value);
    around.add(value);
    const all = content(value, path);
    around.delete(value);
    return all ?? idOf(value);
  };

  const items = (values: Iterable<unknown>, path: string): string =>
    `[${Array.from(values, (value) => said(value, path))}]`;

  /** What an object says; `undefined` if that is not known. */
  const content = (value: object, path: string): string | undefined => {
    if (Array.isArray(value)) return items(value, path);
    const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
    if (ArrayBuffer.isView(value))
      return `${name}[${new Uint8Array(value.buffer, value.byteOffset, value.byteLength)}]`;
    if (name === "ArrayBuffer") return `${name}[${new Uint8Array(value as ArrayBuffer)}]`;
    if (name === "URL") return `${name} ${JSON.stringify(String(value))}`;
    if (Symbol.iterator in value) {
      const list = value as Iterable<unknown>;
      if (lists.includes(name)) return name + items(list, path);
      // Headers may be anything of pairs. What can be gone through but once must not be.
      const isHeaders = path === ".headers" && !Object.is(list[Symbol.iterator](), list);
      return isHeaders ? `iterable${items(list, path)}` : undefined;
    }
    const kind = Object.getPrototypeOf(value);
    return !kind || kind === Object.prototype ? fields(entries(value), path) : undefined;
  };

  const entries = (value: object) =>
    Object.getOwnPropertyNames(value).map((name): [string, unknown] => [name, value[name as never]]);

  const fields = (all: [string, unknown][], path: string) =>
    `{${all.sort(byName).map(([name, value]) => `${JSON.stringify(name)}:${said(value, `${path}.${name}`)}`)}}`;

  // An option that is `undefined` is none. A header that is `undefined` is one.
  const given = entries(options).filter(([, value]) => value !== undefined);
  return `${said(resolved(url), "")} ${fields(given, "")}`;
};
