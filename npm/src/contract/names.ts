/** Whether a text is a name in JavaScript, of those in ASCII. */
export const isIdentifier = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name);

const words = (text: string): Set<string> => new Set(text.trim().split(/\s+/));

/**
 * What no type can be called: words of JavaScript in modules, words and types of TypeScript, and what generated code declares.
 * The crate `typed-eventsource-contract` has the same list.
 */
const reserved = words(`
  arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally
  for function if implements import in instanceof interface let new null package private protected public return static super
  switch this throw true try typeof var void while with yield
  any asserts bigint boolean infer intrinsic keyof never number object readonly string symbol undefined unique unknown
  StandardSchema $standard $issue $length $equal
`);
/** The names of what Ajv writes. */
const written = /^(?:validate|schema|pattern|func)\d+$/;

/**
 * What the language itself has by these names, of which generated code makes use. A list, and not what is there where this runs:
 * files must be the same everywhere.
 */
const builtIn = words(`
  AggregateError Array ArrayBuffer AsyncDisposableStack AsyncFunction Atomics BigInt BigInt64Array BigUint64Array Boolean DataView
  Date DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array
  Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set
  SharedArrayBuffer String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array
  Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite
  isNaN parseFloat parseInt unescape
`);

/** Whether a type may be called so. */
export const isFree = (name: string): boolean => !reserved.has(name) && !written.test(name);

/** Whether generated code may have a constant of that name. */
export const isFreeValue = (name: string): boolean => isFree(name) && !builtIn.has(name);

/** The name of a type: those of schemas may have characters that TypeScript does not know, or be words of it. */
export const identifier = (name: string): string => {
  const clean = name.replace(/[^\p{Alphabetic}\p{N}$]/gu, "_");
  return /^[0-9]/.test(clean) ? `_${clean}` : isFree(clean) ? clean : `${clean}_`;
};
