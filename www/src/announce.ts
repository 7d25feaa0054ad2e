import { byId } from "./dom.js";

const waiting = new Map<string, string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Says something to those who do not see the page. Of each subject only the newest is said, and not before a
 * second of quiet: a connection that is back at once is no news but that it is back.
 */
export function announce(subject: string, text: string): void {
  waiting.set(subject, text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    byId("announcements").textContent = [...waiting]
      .map(([subject, text]) => `${subject}: ${text}.`)
      .join(" ");
    waiting.clear();
  }, 1_000);
}
