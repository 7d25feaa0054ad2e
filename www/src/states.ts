import type { ConnectionState, EventSourceError } from "typed-eventsource";
import { watchful } from "./streams.js";

/** How a state looks: under way, well, interrupted, over as intended, failed. */
export type Tone = "connecting" | "open" | "reconnecting" | "over" | "failed";

/** A state in a word, and its details in words. */
export interface Description {
  tone: Tone;
  word: string;
  details: string;
}

/** The transports, in words. */
export const transports = { eventsource: "EventSource", fetch: "fetch" } as const;

/** Describes a state. `anew`: the stream always begins with its first event. */
export function describe(state: ConnectionState, anew = false): Description {
  switch (state.status) {
    case "connecting":
      return { tone: "connecting", word: "connecting", details: `attempt ${state.attempt}` };
    case "open": {
      const resumed =
        state.resumedFrom && (anew ? ", from the start" : `, resumed after ${state.resumedFrom}`);
      return { tone: "open", word: "open", details: `over ${transports[state.transport]}${resumed}` };
    }
    case "reconnecting": {
      const { waitMs, cause } = state;
      const wait = waitMs === null ? "browser waits" : `waits ${(waitMs / 1_000).toFixed(1)} s`;
      return { tone: "reconnecting", word: "reconnecting", details: `${causeOf(cause)}; ${wait}` };
    }
    case "paused":
      return { tone: "reconnecting", word: "paused", details: state.why };
    case "closed":
      return state.cause
        ? { tone: "failed", word: "failed", details: `${state.reason}: ${state.cause.message}` }
        : { tone: "over", word: "complete", details: ends[state.reason] ?? state.reason };
  }
}

const ends: Record<string, string> = {
  "no-content": "the server has nothing more to send (204)",
  ended: "the last event came (until)",
  closed: "the page closed it (close)",
};

/** Why, in few words; `message` has more of them. */
function causeOf({ code, status, message }: EventSourceError): string {
  return code === "status" ? `status ${status}` : (causes[code] ?? message);
}

const causes: Partial<Record<EventSourceError["code"], string>> = {
  network: "broken off",
  "end-of-stream": "stream ended",
  idle: `silent for ${watchful.idleMs / 1_000} s`,
  refused: "refused",
  timeout: "no response",
};
