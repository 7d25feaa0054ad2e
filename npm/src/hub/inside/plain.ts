import type { ConnectionState, EventSourceError } from "../../base/index.js";
import type { PlainError, PlainState } from "../messages.js";

/** Stands for a value that the page threw when it was asked. */
export class Thrown {
  constructor(
    readonly question: number,
    readonly message: string,
  ) {}
}

const numbers = new WeakMap<EventSourceError, number>();
let count = 0;

/** Makes plain data of an error. */
export const plainError = (error: EventSourceError): PlainError => {
  const number = numbers.get(error) ?? ++count;
  numbers.set(error, number);
  const { name: _, code, headers, ...details } = error;
  const { message, cause } = error;
  const isThrown = cause instanceof Thrown;
  return {
    number,
    code,
    message,
    headers: headers && [...headers],
    details: { ...details, ...("cause" in error && { cause: isThrown ? undefined : cause }) },
    thrown: isThrown ? cause.question : undefined,
  };
};

/** Makes plain data of a state. */
export const plainState = (state: ConnectionState): PlainState => {
  const { cause, headers, ...plain } = state as {
    cause?: EventSourceError;
    headers?: Headers;
  } & typeof state;
  return { ...plain, cause: cause && plainError(cause), headers: headers && [...headers] };
};
