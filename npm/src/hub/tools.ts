import type { ask, EventSourceError, messageOf, report } from "../base/index.js";
import type { callRefresh, headersOf, Start, startError, wasm, watchPage } from "../engine/index.js";

/** The page's code that this chunk uses: the page hands it over, so that it is downloaded once. */
export interface Tools {
  readonly ask: typeof ask;
  readonly EventSourceError: typeof EventSourceError;
  readonly messageOf: typeof messageOf;
  readonly report: typeof report;
  readonly callRefresh: typeof callRefresh;
  readonly headersOf: typeof headersOf;
  /** Gives the page's engine. */
  readonly start: Start;
  /** Says why the page's engine did not start. */
  readonly startError: typeof startError;
  readonly wasm: typeof wasm;
  readonly watchPage: typeof watchPage;
}
