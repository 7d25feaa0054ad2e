import { EventSourceError } from "../base/index.js";
import { fromBase64 } from "./base64.js";

/** The answer of a {@link StandardSchema}: the value, or issues. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** An issue that a {@link StandardSchema} finds. */
export interface StandardIssue {
  /** What is wrong. */
  readonly message: string;
  /** The path to the wrong part of the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * The part of Standard Schema v1 that is used here; Zod, Valibot, ArkType and others implement it.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output = unknown> {
  /** The properties of the standard. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/**
 * How the data of an event type becomes a `T`.
 *
 * - `"json"` (the default): `JSON.parse`, trusted to be a `T`; empty data is `undefined`
 * - `"text"`: the string as it is
 * - `"base64"`: its bytes
 * - a function of the string; a value that it throws becomes the cause of an error `decode`
 * - a schema, which validates the parsed JSON; it has to be synchronous
 */
export type Decoder<T> =
  | "json"
  | ([string] extends [T] ? "text" : never)
  | ([Uint8Array<ArrayBuffer>] extends [T] ? "base64" : never)
  | ((text: string) => T)
  | StandardSchema<T>;

/** A decoder of anything. */
export type AnyDecoder = "json" | "text" | "base64" | ((text: string) => unknown) | StandardSchema;

/** The type that a decoder decodes to. */
export type Decoded<D> = D extends "text"
  ? string
  : D extends "base64"
    ? Uint8Array<ArrayBuffer>
    : D extends StandardSchema<infer T>
      ? T
      : D extends (text: string) => infer T
        ? T
        : unknown;

/** A decoder, ready to be called. */
export type Decode = (text: string) => unknown;

/** The default. Some servers send empty data for an event without data. */
export const json: Decode = (text) => (text ? JSON.parse(text) : undefined);

/** Makes a decoder ready to be called. Gives `undefined` if the value is no decoder. */
export const decoder = (value: unknown): Decode | undefined => {
  if (value === "json") return json;
  if (value === "text") return String;
  if (value === "base64") return fromBase64;
  // Schemas come first: those of some libraries are functions.
  const standard = (value as StandardSchema | undefined)?.["~standard"];
  if (standard) return (text) => validated(atOnce(standard.validate(json(text))));
  return typeof value === "function" ? (text) => atOnce((value as Decode)(text)) : undefined;
};

const atOnce = <T>(result: T | PromiseLike<T>): T => {
  const { then } = Object(result) as PromiseLike<T>;
  // Told by its looks: libraries have promises of their own.
  if (typeof then !== "function") return result as T;
  // Nobody needs its outcome, so a rejection is no uncaught error.
  then.call(result, undefined, () => {});
  throw new EventSourceError("async-schema", "the decoder is asynchronous: await in the handler");
};

const validated = (result: StandardResult<unknown>): unknown => {
  const { issues } = result;
  if (!issues) return result.value;
  const { message, path = [] } = issues[0] ?? { message: "the schema does not match" };
  const where = path.map((part) => String(Object(part).key ?? part)).join(".");
  throw Object.assign(new Error(message + (where && ` (at ${where})`)), { issues });
};
