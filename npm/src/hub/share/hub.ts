/** The side of a shared stream that has its connection: one engine, whatever the number of sources. */
import type { ConnectionState } from "../../base/index.js";
import type { Batch, Engine, EngineHost } from "../../engine/index.js";
import { plainState } from "../inside/plain.js";
import type { Frame, Place, PlainState, Welcome } from "../messages.js";
import { eventsOf, without } from "./events.js";
import { type Log, sizeOf } from "./log.js";

/** How much of what a tab was told it may leave untaken, in characters. */
const most = 2 ** 23;

/** How long tabs may take to join a new channel, in milliseconds. */
const settling = 1000;

/** A tab that shares the stream. */
interface Member {
  /** Whether it could do without a connection for now. */
  isIdle: boolean;
  /** How much it has not taken yet. */
  untaken: number;
}

export interface Hub {
  readonly epoch: number;
  /** Counts the channels on which frames come. */
  readonly generation: number;
  /** Those that it knows beside the tab itself. */
  readonly members: number;
  /**
   * Begins to read, from the end of the log. Those that have joined are welcomed.
   *
   * @param lost - what the sources are told if there was a hub before this one
   */
  start(lost: ConnectionState | undefined): void;
  join(who: string, place: Place, lastEventId: string, isIdle: boolean): void;
  taken(who: string, size: number): void;
  idle(who: string | undefined, isIdle: boolean): void;
  leave(who: string): void;
  reconnect(): void;
  /** Goes to another channel, where all have to join anew. */
  renew(): void;
  close(): void;
}

/** What a hub needs of its tab. */
export interface HubSurroundings {
  readonly log: Log;
  /** Makes the engine, which goes on from this id. */
  open(host: EngineHost, lastEventId: string): Engine;
  /** Tells a frame to all, the tab itself included. */
  tell(frame: Frame): void;
  welcome(who: string, welcome: Welcome): void;
  /** Says to all where the frames come. */
  announce(): void;
  /** Some of those that it knows may not be there any more. */
  doubt(): void;
}

/**
 * @param epoch - when it begins
 * @param dropsReplays - whether an event that has come before is dropped, right after the stream was resumed
 * @param isIdle - whether the tab itself could do without a connection for now
 */
export const createHub = (
  epoch: number,
  { log, open, tell, welcome, announce, doubt }: HubSurroundings,
  dropsReplays: boolean,
  isIdle: boolean,
): Hub => {
  const members = new Map<string, Member>();
  const joining: [who: string, place: Place, lastEventId: string][] = [];
  let state: PlainState = plainState({ status: "connecting", attempt: 1 });
  let generation = 0;
  let isStarted = false;
  let isSelfIdle = isIdle;
  let engine: Engine | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Whether what comes may have come before, from the hub before this one.
  let isRepeated = false;

  const say = (...said: Frame["said"]) => {
    const frame = { epoch, number: log.end.number + 1, said };
    const size = sizeOf(frame);
    let isTooFar = false;
    for (const member of members.values()) {
      member.untaken += size;
      isTooFar ||= member.untaken > most;
    }
    tell(frame);
    if (isTooFar) renew();
  };

  const counts: Record<string, number> = {};
  const host: EngineHost = {
    isApart: true,
    stats: new Proxy(counts, {
      get: (_, name) => counts[name as string] ?? 0,
      set(_, name, value) {
        const more = value - (counts[name as string] ?? 0);
        counts[name as string] = value;
        // Where the engine is, is no count.
        if (more) say("count", name as never, more);
        return true;
      },
    }) as unknown as EngineHost["stats"],
    batch(batch) {
      const { others: _, ...all } = fresh(batch);
      say("batch", { ...all, others: undefined });
    },
    gap: (...gap) => say("gap", ...gap),
    reused: (...id) => say("reused", ...id),
    changed(next) {
      state = plainState(next);
      say("changed", state);
    },
  };

  /** Drops what the hub before this one has told already: the engine is new, and knows nothing of that. */
  const fresh = (batch: Batch): Batch => {
    if (!isRepeated || !batch.count) return batch;
    const events = eventsOf(batch);
    const before = log.frames.flatMap(({ said }) => (said[0] === "batch" ? eventsOf(said[1]) : []));
    const keyOf = ({ id, type, raw }: (typeof events)[number]) => JSON.stringify([id, type, raw]);
    const known = new Set(before.map(keyOf));
    const found = events.findIndex((event) => !event.id || !known.has(keyOf(event)));
    const repeated = found < 0 ? events.length : found;
    isRepeated = found < 0;
    if (!repeated) return batch;
    host.stats.replays += repeated;
    // What is behind the newest place is behind it still.
    return { ...without(batch, repeated), ...(isRepeated && { lastEventId: undefined }) };
  };

  const begin = () => {
    isRepeated = dropsReplays && !!log.end.id;
    engine = open(host, log.end.id);
    engine.listen("", true);
    engine.start();
  };

  const answer = (who: string, place: Place, lastEventId: string) => {
    // Who has just come has no place yet.
    const byNumber = place.epoch ? log.after(place) : undefined;
    const byId = byNumber || !lastEventId ? undefined : log.afterId(lastEventId);
    const part = byNumber ?? byId;
    welcome(who, {
      epoch,
      generation,
      base: part?.base ?? log.end,
      frames: part?.frames ?? [],
      by: byNumber ? "number" : byId ? "id" : lastEventId ? undefined : "now",
      state,
    });
  };

  const isEveryoneIdle = () => isSelfIdle && [...members.values()].every((member) => member.isIdle);

  /** Lets the connection go while nobody needs it, and takes it up again. */
  const weigh = () => {
    if (!isStarted) return;
    const isIdle = isEveryoneIdle();
    if (isIdle && engine) {
      engine.close();
      engine = undefined;
      host.changed({ status: "paused", why: "hidden" });
    } else if (!isIdle && !engine) {
      host.changed({ status: "connecting", attempt: 1 });
      begin();
    }
  };

  const renew = () => {
    generation++;
    members.clear();
    announce();
    // By then those that are there have joined.
    clearTimeout(timer);
    timer = setTimeout(weigh, settling);
  };

  return {
    epoch,
    get generation() {
      return generation;
    },
    get members() {
      return members.size;
    },
    start(lost) {
      isStarted = true;
      if (lost) host.changed(lost);
      // Nobody asks for a connection that is let go at once.
      if (isEveryoneIdle()) host.changed({ status: "paused", why: "hidden" });
      else begin();
      for (const who of joining.splice(0)) answer(...who);
    },
    join(who, place, lastEventId, isIdle) {
      members.set(who, { isIdle, untaken: 0 });
      if (isStarted) answer(who, place, lastEventId);
      else joining.push([who, place, lastEventId]);
      if (!isIdle) weigh();
    },
    taken(who, size) {
      const member = members.get(who);
      if (member) member.untaken -= size;
    },
    idle(who, isIdle) {
      const member = who === undefined ? undefined : members.get(who);
      if (member) member.isIdle = isIdle;
      if (who === undefined) isSelfIdle = isIdle;
      if (isIdle) doubt();
      weigh();
    },
    leave(who) {
      members.delete(who);
      weigh();
    },
    reconnect: () => engine?.reconnect(),
    renew,
    close() {
      clearTimeout(timer);
      engine?.close();
      engine = undefined;
      isStarted = false;
    },
  };
};
