import { cancel, type EngineSettings } from "../engine/index.js";

/** The type of a function that makes requests. */
export type Fetch = NonNullable<EngineSettings["fetch"]>;

/** A failure that another attempt would only repeat. */
export class Refusal extends Error {}

/** How long the check may take, in milliseconds. If a server is slower, a new attempt has to wait for it, too. */
const patienceMs = 10_000;

/** How a request begins: with a response of this type, not at all, or nobody knows. */
type Beginning = Response["type"] | "failed" | "unknown";

/**
 * Whether a server was reached and its answer withheld, as CORS demands: fetch throws the same TypeError then as when
 * the network fails.
 *
 * Without CORS the browser lets such an answer through, but does not show it. That alone is no proof: the network may just
 * be back. So the request has to fail once more.
 */
const isWithheld = async (fetch: Fetch, url: string, init: RequestInit): Promise<boolean> => {
  const { cache, credentials, signal } = init;
  const begin = async (request: RequestInit): Promise<Beginning> => {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, patienceMs);
    signal?.addEventListener("abort", abort);
    try {
      const { type, body } = await fetch(url, { ...request, signal: controller.signal });
      // A fetch of the application's own need not look at the signal.
      cancel(body);
      return type;
    } catch {
      return controller.signal.aborted ? "unknown" : "failed";
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      // The response's head is enough.
      abort();
    }
  };
  const probe: RequestInit = { mode: "no-cors", headers: { accept: "text/event-stream" } };
  const reached = await begin({ ...probe, ...(cache && { cache }), ...(credentials && { credentials }) });
  // `basic` is an answer of the page's own origin, which CORS does not withhold.
  return reached === "opaque" && (await begin(init)) === "failed";
};

/**
 * Wraps a `fetch`, and throws a {@link Refusal} if that fails for good. The requests of this check never become the
 * connection.
 *
 * @param repeatable - whether the request may be sent twice
 */
export const withDiagnosis =
  (fetch: Fetch, repeatable: boolean): Fetch =>
  async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (cause) {
      const isNetwork = cause instanceof TypeError && repeatable && !init.signal?.aborted;
      // A URL that needs no network will not work later either.
      if (!url.startsWith("http")) throw new Refusal(`nothing can be fetched from ${url}`, { cause });
      if (isNetwork && (await isWithheld(fetch, url, init)))
        throw new Refusal(
          `the server does not let this page read ${url}: its answer, or that to the preflight, lacks CORS headers`,
          { cause },
        );
      throw cause;
    }
  };
