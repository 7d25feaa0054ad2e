import { mustBe } from "./must-be.js";
import { report } from "./report.js";

/** What a function of the application says about something. What is no answer is reported, and counts as none. */
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
