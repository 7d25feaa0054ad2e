/** Failures of the connection, and the application's answers about them. */
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
 * @param detail - the end of the sentence that tells this failure
 * @param told - is told in place of the failure unless the application forbids another attempt: the browser may still
 *   mend the connection
 * @param isFatal - whether the application has no word on it, and no other attempt follows
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
  // The number of the question that the application has to answer. A newer question makes an older one void.
  let question: { readonly told: number | undefined } | undefined;

  const fail: Fail = (number, detail, details = {}, told, isFatal) => {
    // The connection has failed already. If the browser may still mend it, the browser may give it up, too.
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
      // Meanwhile the application may have reconnected or closed the source.
      if (!signal.aborted) judged(word);
      return;
    }
    // Until the answer comes, nothing more is heard of the connection, unless the browser goes on by itself.
    if (!told) release();
    const mine = { told };
    question = mine;
    const hear = (word?: boolean) => {
      if (question !== mine) return;
      question = undefined;
      judged(word);
    };
    // Without an answer, the module decides.
    answer.then(hear, () => hear());
  };

  return {
    fail,
    /** The failed connection is gone, or the browser has mended it: a later answer is not heard. */
    forget() {
      question = undefined;
    },
    /** The error that has this number in the module. */
    errorOf(number: number): EventSourceError | undefined {
      const code = causes[number];
      return code ? (failed?.code === code ? failed : failure(code)) : undefined;
    },
  };
};
