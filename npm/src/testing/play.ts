import { bytesOf } from "./bytes.js";
import type { Timing } from "./clock.js";
import type { Exchange } from "./exchange.js";
import { generate } from "./generate.js";
import type { ScriptAttempt } from "./script.js";

const streamHeaders = { "content-type": "text/event-stream", "cache-control": "no-store" };

/** An event stream's headers with what a script changes about them. */
const headersOf = (changes: ScriptAttempt["headers"] = {}): [string, string][] => {
  const all = new Map<string, string>(Object.entries(streamHeaders));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) all.delete(name.toLowerCase());
    else all.set(name.toLowerCase(), value);
  }
  return [...all];
};

/**
 * Plays an attempt of a script.
 *
 * @param released - waits for a release
 */
export const play = async (
  { status = 200, headers, respond = true, steps = [], end = "close" }: ScriptAttempt,
  exchange: Exchange,
  time: Timing,
  released: (exchange: Exchange) => Promise<void>,
): Promise<void> => {
  if (!respond) return;
  exchange.respond(status, headersOf(headers));
  // What is no number was not generated here.
  const { lastEventId } = exchange.request;
  let last = /^\d+$/.test(lastEventId) ? Number(lastEventId) : 0;
  for (const step of steps) {
    if (step === "waitForRelease") await released(exchange);
    else if ("send" in step) exchange.write(bytesOf(step.send));
    else if ("waitMs" in step) await time.wait(step.waitMs);
    else
      for (const write of generate(last, step.events)) {
        if (exchange.isOver()) return;
        exchange.sent(write.events);
        exchange.write(write.bytes);
        last = write.last;
        if (step.events.everyMs) await time.wait(step.events.everyMs);
      }
    if (exchange.isOver()) return;
  }
  if (end === "close") exchange.end();
  else if (end === "abort") exchange.cut();
};
