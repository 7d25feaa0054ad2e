/** The name that those know who ask for the same stream, and nobody else. */
import type { EngineSettings } from "../../engine/index.js";
import { plainBody } from "../settings.js";
import type { Tools } from "../tools.js";

/** Other versions may speak otherwise. The same stands in `package.json`. */
const version = "0.1.0";

/** Stands for what cannot be compared: the key says whether it is the same. */
const asked = "asked";

export const nameOf = async (
  url: string,
  { headers, body, ...set }: EngineSettings,
  key: string | undefined,
  headersOf: Tools["headersOf"],
): Promise<string> => {
  const sent = typeof body === "function" ? undefined : await plainBody(body);
  const request = [
    version,
    set.url ? asked : url,
    set.method,
    set.withCredentials,
    set.mode,
    set.redirect,
    typeof headers === "function" ? asked : [...headersOf(headers)],
    sent ? [sent.type, ...new Uint8Array(sent.bytes)] : typeof body,
    !!set.refresh,
    !!set.fetch,
    // What these say decides which events come.
    set.lastEventIdParam,
    set.resume,
    set.hasUntil,
    set.dropReplays,
    set.eventLimit,
    set.gapHeader,
    key,
  ];
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  // A hash, since any script of the origin can read the names of locks: headers may be secrets.
  return `typed-eventsource ${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
};
