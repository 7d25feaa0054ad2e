import type { EventSourceError } from "../base/index.js";
import type { Plain, PlainError } from "./messages.js";

/** How many errors are known by their numbers: more than an engine has to do with at a time. */
const known = 4;

/** Makes errors of what crosses from one worker: the same number is the same error. */
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
    /** What has an error as it crosses, with the error. */
    withError: <T>({ cause, ...plain }: Plain<{ readonly cause?: unknown }>): T =>
      ({ ...plain, ...(cause && { cause: errorOf(cause) }) }) as T,
    /** A question's answer was that this was thrown: it does not cross, and is the cause of the error that comes of it. */
    threw(question: number, value: unknown): void {
      thrown = [question, value];
    },
  };
};
