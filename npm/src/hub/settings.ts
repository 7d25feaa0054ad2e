/** The settings as they cross to a worker: by name, each as plain data. */
import type { BodyInit, Headers, HeadersInit } from "../base/index.js";
import type { EngineSettings } from "../engine/index.js";
import type { CopiedSettings, PlainBody, PlainSettings } from "./messages.js";

/** The settings that are words, numbers or flags. */
const copied = [
  "transport",
  "withCredentials",
  "method",
  "mode",
  "redirect",
  "ownRequest",
  "onlyFetch",
  "ownRetry",
  "connectTimeoutMs",
  "idleMs",
  "heartbeatEvent",
  "hidden",
  "offline",
  "lastEventId",
  "lastEventIdParam",
  "eventLimit",
  "dropReplays",
  "gapEvent",
  "exact",
  "request",
  "resume",
  "hasUntil",
] as const satisfies readonly (keyof CopiedSettings)[];

/** If the list lacks a setting, so does this type, and `plainOf` does not compile. */
type Copied = Pick<CopiedSettings, (typeof copied)[number]>;

/**
 * @param headersOf - makes headers, and checks them
 * @param numberOf - gives the number of a function that sources may share
 */
export const plainOf = async (
  settings: EngineSettings,
  headersOf: (init?: HeadersInit) => Headers,
  numberOf: (refresh: () => Promise<unknown>) => number,
): Promise<PlainSettings> => {
  const { headers, refresh, retry, body, delivery } = settings;
  const { initialMs, maxMs, factor, maxAttempts, stableMs } = retry;
  const same = Object.fromEntries(copied.map((name) => [name, settings[name]])) as unknown as Copied;
  return {
    ...same,
    retry: { initialMs, maxMs, factor, maxAttempts, stableMs },
    eventTypes: [...settings.eventTypes],
    gapHeader: [...settings.gapHeader],
    // An object of the application's may be of any realm, and have no prototype.
    delivery: typeof delivery === "string" ? delivery : { everyMs: delivery.everyMs },
    headers: typeof headers === "function" || (!!headers && [...headersOf(headers)]),
    refresh: refresh && numberOf(refresh),
    shouldRetry: !!retry.shouldRetry,
    url: !!settings.url,
    body: typeof body === "function" || (await plainBody(body)),
  };
};

/** A body as a request would send it. */
export const plainBody = async (body: BodyInit | null | undefined): Promise<PlainBody | undefined> => {
  if (body === undefined || body === null) return;
  const response = new Response(body);
  return { bytes: await response.arrayBuffer(), type: response.headers.get("content-type") };
};
