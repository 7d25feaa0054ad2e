import { mustBe, type PlainSignal, platform } from "../base/index.js";
import { type Attempt, type EngineSettings, headersOf } from "../engine/index.js";
import { type AnyDecoder, type Decode, decoder } from "./decode.js";
import { decoders, isSendable, resolved, rules, sendable } from "./rules.js";
import type { BaseOptions, BufferOptions, ConnectOptions, PersistOptions } from "./types.js";

/** Options as the rest of the package uses them: checked, with every default. */
export interface Settings extends EngineSettings {
  readonly idempotent: boolean;
  readonly signal: PlainSignal | undefined;
  readonly until: BaseOptions["until"];
  readonly undecodable: NonNullable<BaseOptions["undecodable"]>;
  readonly persist: PersistOptions | undefined;
  readonly buffer: {
    readonly [name in Exclude<keyof BufferOptions, "key">]-?: NonNullable<BufferOptions[name]>;
  } & Pick<BufferOptions, "key">;
  readonly worker: BaseOptions["worker"];
  /** How to decode an event type. */
  readonly decoderOf: (type: string) => Decode;
}

/** The options as they are given, with every default. */
interface Given extends Omit<Settings, "body"> {
  readonly body: BaseOptions["body"];
  readonly decode: Record<string, unknown>;
  readonly wildcard: boolean;
  readonly defaultDecode: AnyDecoder;
}

/** The options that need fetch. */
const fetchOnly = ["headers", "body", "resume", "mode", "redirect", "refresh", "fetch"] as const;

/**
 * Checks the options for a URL. Throws a TypeError that says what is allowed.
 *
 * @param address - asked for the URL of each attempt; then any will do here
 */
export const settings = (options: ConnectOptions, url: string, address?: EngineSettings["url"]): Settings => {
  const set = resolved(options, rules) as Given;
  const { headers, body } = set;
  const isGet = set.method.toUpperCase() === "GET";
  const exact = set.buffer.overflow === "backpressure";
  const own =
    (address && "a function for the URL") ||
    fetchOnly.find((name) => set[name] !== undefined) ||
    (!isGet && "method");
  const beyond =
    own ||
    (set.wildcard && "wildcard") ||
    (exact && "buffer.overflow backpressure") ||
    (set.idleMs < Infinity && !set.heartbeatEvent && "idleMs without heartbeatEvent");
  const obstacle = platform.EventSource ? beyond && `${beyond} needs fetch` : "no EventSource here";
  if (set.transport === "eventsource" && obstacle) mustBe("transport", `auto or fetch: ${obstacle}`);

  if (set.worker && set.fetch) mustBe("worker", "left out: a fetch of your own is the page's");

  // Throws, and says why, if no browser can make this request. Without the signal: each request leaves a listener there.
  const fixed = headersOf(typeof headers === "function" ? {} : headers);
  if (own)
    new platform.Request(url, {
      ...{ ...set, headers: fixed, signal: null },
      body: typeof body === "function" ? "" : body,
    } as RequestInit);

  // A map, since a server may name an event type `constructor`.
  const byType = new Map(
    Object.entries(set.decode).map(([type, value = set.defaultDecode]) => [
      type,
      decoder(value) ?? mustBe(`decode.${type}`, decoders),
    ]),
  );
  const byDefault = decoder(set.defaultDecode) as Decode;

  return {
    ...set,
    url: address,
    body:
      typeof body === "function"
        ? async (attempt: Attempt) => {
            const given = await body(attempt);
            return [isSendable(given) ? (given ?? undefined) : mustBe("body()", sendable)] as const;
          }
        : body,
    dropReplays: set.dropReplays ?? (isGet || set.resume ? undefined : false),
    hasUntil: !!set.until,
    onlyFetch: !!beyond,
    gapHeader: [set.gapHeader].flat(),
    exact,
    ownRequest: !!own,
    request: isGet ? "get" : set.idempotent ? "idempotent" : "once",
    ownRetry: !!options.retry,
    decoderOf: (type) => byType.get(type) ?? byDefault,
  };
};
