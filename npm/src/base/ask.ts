import { mustBe } from "./must-be.js";
import { report } from "./report.js";

/** Asks a function of the application about something. A value that is no answer is reported, and counts as no answer. */
export const ask = <T>(
  name: string,
  judge: ((about: T) => boolean) | undefined,
  about: T,
): boolean | undefined => {
  try {
    const answer = judge?.(about);
    if (typeof answer === "boolean") return answer;
    if (judge) mustBe(`${name}()`, "true or false");
  } catch (error) {
    report(error);
  }
  return;
};
