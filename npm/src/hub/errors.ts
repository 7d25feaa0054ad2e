import type { EventSourceError } from "../base/index.js";
import type { Plain, PlainError } from "./messages.js";

/** How many errors are known by their numbers: more than an engine uses at a time. */
const known = 4;

/** Makes errors from the plain data of one worker. The same number gives the same error. */
export const createErrors = (Failure: typeof EventSourceError) => {
  const errors = new Map<number, EventSourceError>();
  let thrown: [question: number, value: unknown] | undefined;

  const errorOf = ({ number, code, message, details, headers, thrown: question }: PlainError) => {
    let error = errors.get(number);
    if (!error) {
      error = new Failure(code, message, {
        ...details,
        ...(headers && { headers: new Headers(headers) }),
        ...(question !== undefined && question === thrown?.[0] && { cause: thrown[1] }),
      });
      errors.set(number, error);
      for (const oldest of [...errors.keys()].slice(0, -known)) errors.delete(oldest);
    }
    return error;
  };

  return {
    /** A value from the worker, with its error made whole. */
    withError: <T>({ cause, ...plain }: Plain<{ readonly cause?: unknown }>): T =>
      ({ ...plain, ...(cause && { cause: errorOf(cause) }) }) as T,
    /** The page threw this value instead of an answer. It does not cross; it becomes the cause of the error that follows. */
    threw(question: number, value: unknown): void {
      thrown = [question, value];
    },
  };
};
