/** Failures of the connection, and the application's word on them. */
import { ask, type EventSourceError, type EventSourceErrorDetails, type FailureCode } from "../base/index.js";
import { FAILED, NO_VERDICT } from "./codes.js";
import type { Handle } from "./handle.js";
import type { Link } from "./link.js";
import { causes, failure } from "./message.js";
import type { EngineHost } from "./seam.js";
import type { EngineSettings } from "./settings.js";
import { retryAfterMs } from "./url.js";

/**
 * Reports a failure.
 *
 * @param detail - goes on where the words for this failure end
 * @param told - is told in place of the failure if the application does not forbid it: the browser may still mend it
 * @param isFatal - whether it is the end, on which the application has no word
 */
export type Fail = (
  number: number,
  detail?: string,
  details?: EventSourceErrorDetails,
  told?: number,
  isFatal?: boolean,
) => void;

/**
 * @param tell - tells the module
 * @param release - lets go of the connection
 */
export const createFailures = (
  host: EngineHost,
  { shouldRetry }: EngineSettings["retry"],
  handle: Handle,
  link: Link,
  tell: Handle["tell"],
  release: () => void,
) => {
  let failed: EventSourceError | undefined;
  // The question that the application has not answered yet: another one makes it void.
  let question: { readonly told: number | undefined } | undefined;

  const fail: Fail = (number, detail, details = {}, told, isFatal) => {
    // It has failed already. What the browser may still mend, it may give up too.
    if (question && (told || !question.told)) return;
    const { status = 0, headers } = details;
    const cause = failure(causes[number] as FailureCode, detail, details);
    const attempt = handle.attempt(number, status);
    const failedAttempt = { attempt: Math.abs(attempt), retryable: attempt > 0, cause };
    const judged = (word: boolean | undefined) => {
      failed = cause;
      if (told && word !== false) tell(told);
      else
        tell(FAILED, status, number, retryAfterMs(headers?.get("retry-after")), Number(word ?? NO_VERDICT));
    };
    if (isFatal) return judged(false);
    const { signal } = link;
    const answer = host.shouldRetry?.(failedAttempt);
    if (!answer) {
      const word = ask("shouldRetry", shouldRetry, failedAttempt);
      // Whoever was asked may have taken another connection, or none.
      if (!signal.aborted) judged(word);
      return;
    }
    // Nothing more is heard of it meanwhile, unless the browser goes on by itself.
    if (!told) release();
    const mine = { told };
    question = mine;
    const hear = (word?: boolean) => {
      if (question !== mine) return;
      question = undefined;
      judged(word);
    };
    // No answer is no word.
    answer.then(hear, () => hear());
  };

  return {
    fail,
    /** The connection that failed is no more, or was mended by the browser: no answer is heard any more. */
    forget() {
      question = undefined;
    },
    /** The error that the module knows by a number. */
    errorOf(number: number): EventSourceError | undefined {
      const code = causes[number];
      return code ? (failed?.code === code ? failed : failure(code)) : undefined;
    },
  };
};
