/** The settings as they cross to a worker: by name, each as plain data. */
import type { Body, EngineSettings } from "../engine/index.js";
import type { CopiedSettings, PlainBody, PlainSettings } from "./messages.js";

/** What is a word, a number or a flag. */
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
  "lastEventId",
  "lastEventIdParam",
  "eventLimit",
  "dropReplays",
  "gapEvent",
  "exact",
  "request",
] as const satisfies readonly (keyof CopiedSettings)[];

/** Lacks what is forgotten in the list: then `plainOf` is an error of types. */
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

/** As a request would send it. */
export const plainBody = async (body: Body | null | undefined): Promise<PlainBody | undefined> => {
  if (body === undefined || body === null) return;
  const response = new Response(body);
  return { bytes: await response.arrayBuffer(), type: response.headers.get("content-type") };
};
