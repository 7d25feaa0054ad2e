import type { FailedAttempt, RetryOptions } from "../options.js";
import { report } from "../report.js";
import { mustBe } from "../rules.js";
import { NO_VERDICT } from "./codes.js";

/** The application's word on a failure. What is no answer is reported, and counts as none. */
export const verdict = (shouldRetry: RetryOptions["shouldRetry"], failed: FailedAttempt): number => {
  try {
    const answer = shouldRetry?.(failed);
    if (typeof answer === "boolean") return Number(answer);
    if (shouldRetry) mustBe("shouldRetry()", "true or false");
  } catch (error) {
    report(error);
  }
  return NO_VERDICT;
};
