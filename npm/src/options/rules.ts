import { mustBe } from "../base/index.js";
import { decoder } from "./decode.js";
import type { PersistOptions } from "./types.js";

/** An option's default, its test, and in words the values that pass it. */
type Rule = readonly [byDefault: unknown, test: (value: never) => unknown, allowed: string];

/** One rule per option, or the rules of the options inside of it. */
interface Rules {
  readonly [name: string]: Rule | Rules;
}

const isObject = (value: unknown): value is object => Object(value) === value;
const isText = (value: unknown) => typeof value === "string";
const isName = (value: unknown) => value && isText(value);

const isFlag = (value: unknown) => typeof value === "boolean";
const flag = (byDefault?: boolean): Rule => [byDefault, isFlag, "true or false"];

const anyFunction: Rule = [undefined, (value: unknown) => typeof value === "function", "a function"];

const isNumber = (value: unknown) => typeof value === "number";
const number = (byDefault: number, least: number): Rule => [
  byDefault,
  (value: number) => isNumber(value) && value >= least,
  `a number >= ${least} or Infinity`,
];

const integer = (byDefault: number, orInfinity = " or Infinity"): Rule => [
  byDefault,
  (value: number) => (Number.isInteger(value) || (orInfinity && value === Infinity)) && value >= 1,
  `an integer >= 1${orInfinity}`,
];

const oneOf = (byDefault: unknown, ...words: string[]): Rule => [
  byDefault,
  (value: string) => words.includes(value),
  words.map((word) => `"${word}"`).join(" or "),
];

const eventType: Rule = ["", isName, "an event type"];

/** The decoders, in words. */
export const decoders = '"json", "text", "base64", a function or a schema';

/** Whether a body can be sent more than once, and what it must be, in words. */
export const isSendable = (value: unknown) => !(value as Partial<ReadableStream> | null)?.getReader;
export const sendable = "no stream: each attempt sends it anew";

/** The rules of all options. */
export const rules: Rules = {
  transport: oneOf("auto", "auto", "eventsource", "fetch"),
  withCredentials: flag(false),
  wildcard: flag(false),
  // Checked where a request is made with them.
  headers: [undefined, () => true, ""],
  method: ["GET", isText, "a method"],
  // A function is asked for it.
  body: [undefined, isSendable, sendable],
  idempotent: flag(false),
  resume: oneOf(undefined, "get"),
  mode: oneOf(undefined, "cors", "same-origin"),
  redirect: oneOf(undefined, "follow", "error"),
  refresh: anyFunction,
  fetch: anyFunction,
  // Told by its looks: a signal of another frame is one, too.
  signal: [
    undefined,
    (value: Partial<AbortSignal> | null) => typeof value?.aborted === "boolean" && value.removeEventListener,
    "an AbortSignal",
  ],
  eventTypes: [
    [],
    (value: unknown) => Array.isArray(value) && value.every(isName),
    "an array of event types",
  ],
  decode: [{}, isObject, "an object"],
  defaultDecode: ["json", decoder, decoders],
  undecodable: oneOf("report", "report", "throw"),
  retry: {
    initialMs: number(1000, 0),
    maxMs: number(30_000, 0),
    factor: number(2, 1),
    maxAttempts: integer(Infinity),
    stableMs: number(5000, 0),
    shouldRetry: anyFunction,
  },
  connectTimeoutMs: number(30_000, 1),
  idleMs: number(Infinity, 1),
  heartbeatEvent: eventType,
  gapEvent: eventType,
  gapHeader: [
    ["Mercure-Last-Event-ID", "Last-Event-ID"],
    (value: string | string[]) => [value].flat().every((name) => isText(name) && /^[\w-]+$/.test(name)),
    "a header's name, or a list of them",
  ],
  dropReplays: flag(),
  persist: [
    undefined,
    (value: Partial<PersistOptions> | null) => {
      const { storage, key } = value ?? {};
      return isName(key) && isObject(storage) && ("getItem" in storage || "get" in storage);
    },
    "a storage and a key",
  ],
  hidden: oneOf("keep", "keep", "pause"),
  offline: oneOf("wait", "wait", "ignore"),
  until: anyFunction,
  lastEventId: [
    "",
    (value: string) => isText(value) && !/[\0\r\n]/.test(value),
    "a string without NUL, CR and LF",
  ],
  lastEventIdParam: ["lastEventId", (value: unknown) => value === false || isName(value), "a name or false"],
  eventLimit: integer(2 ** 24),
  delivery: [
    "auto",
    (value: string & { everyMs: number }) =>
      ["auto", "frame", "immediate"].includes(value) ||
      (isNumber(value?.everyMs) && value.everyMs >= 1 && value.everyMs <= 60_000),
    '"auto", "frame", "immediate" or { everyMs }, 1 to 60000',
  ],
  // Both are finite: every queue and every wait has an end.
  buffer: {
    limitBytes: integer(2 ** 22, ""),
    overflow: oneOf("auto", "auto", "drop-oldest", "drop-newest", "latest-by-key", "error", "backpressure"),
    key: anyFunction,
    holdMs: integer(30_000, ""),
  },
  worker: [
    false,
    (value: boolean | { url?: unknown } | null) => isFlag(value) || value?.url,
    "true, false or { url }",
  ],
};

/** The options with their defaults. Throws unless each is known and allowed; `undefined` counts as absent. */
export const resolved = (options: unknown = {}, allowed: Rules, path = ""): object => {
  if (!isObject(options)) return mustBe(path.slice(0, -1) || "options", "an object");
  for (const name of Object.keys(options))
    if (!Object.hasOwn(allowed, name))
      throw new TypeError(`unknown option "${path}${name}": allowed are ${Object.keys(allowed)}`);
  const all: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(allowed)) {
    const value = (options as typeof all)[name];
    if (!Array.isArray(rule)) all[name] = resolved(value, rule as Rules, `${path}${name}.`);
    else if (value === undefined) all[name] = rule[0];
    else all[name] = rule[1](value) ? value : mustBe(path + name, rule[2]);
  }
  return all;
};
