/** The side of a shared stream that hands its events to one source. */
import type { ConnectionState, EventSourceError } from "../../base/index.js";
import type { Engine, EngineHost } from "../../engine/index.js";
import { createErrors } from "../errors.js";
import type { Frame, Place, PlainState, Welcome } from "../messages.js";
import { createLog, idAfter, type Log, sizeOf } from "./log.js";

/** How much a source may be behind the stream, in characters: as much as its own queues hold by default. */
const patience = 2 ** 22;

/** How long a source that is ahead waits for the others, in milliseconds, before it goes on by itself. */
const longestWait = 5000;

/** Hands what a hub tells to a source, in order, at the pace of that source. */
export interface Reader {
  /** What came, handed over or not. */
  readonly log: Log;
  /** The last event ID up to which the source has got everything. */
  readonly lastEventId: string;
  /** Whether the source is not at a place of the log, and looks for its id. */
  isApart(): boolean;
  /** Takes the frame that comes next. */
  push(frame: Frame): void;
  /** A hub has said where to go on. */
  welcome(welcome: Welcome): void;
  /** The stream goes on from a place that is another one than the end of the log. */
  adopt(place: Place): void;
  /** Nothing is heard until the next welcome. */
  part(): void;
  /** Replaces the connection that the source has for itself, if it has one. */
  reconnect(): void;
  close(): void;
}

/**
 * @param open - makes an engine of the source's own, which goes on from this id
 * @param moved - called when that has brought something: what is shared may have come to the same id
 */
export const createReader = (
  host: EngineHost,
  first: string,
  Failure: typeof EventSourceError,
  open: (host: EngineHost, lastEventId: string) => Engine,
  moved: () => void,
): Reader => {
  // Each hub counts its errors by itself.
  let errors = createErrors(Failure);
  let errorsOf = 0;
  // How far the source has come, and the first frame that it has not got.
  let id = first;
  let next = 1;
  // Up to here the frames are from before the source came: their states and counts are none of its own.
  let past = 0;
  // What waits for the source.
  let behind = 0;
  let isHeld = false;
  let isBusy = false;
  let isClosed = false;
  let isParted = false;
  // A connection of the source's own, until it meets what is shared, and what came over that.
  let own: Engine | undefined;
  let ownLog: Log | undefined;
  // Whether the source is ahead of what is shared, and waits for that to come to the same id.
  let isAhead = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // The newest state, and the epoch that it is of.
  let state: PlainState | undefined;
  let stateOf = 0;
  const log = createLog({ epoch: 0, number: 0, id }, ({ number }) => !isApart() && number >= next);
  const isApart = () => !!own || isAhead;

  const tell = (epoch: number, { headers, ...plain }: PlainState, change: object = {}) => {
    if (epoch !== errorsOf) errors = createErrors(Failure);
    errorsOf = epoch;
    host.changed({
      ...errors.withError<ConnectionState>(plain),
      ...(headers && { headers: new Headers(headers) }),
      ...change,
    });
  };

  const give = (frame: Frame) => {
    const { said, number } = frame;
    if (said[0] === "batch") {
      id = idAfter(frame) ?? id;
      return host.batch(said[1]);
    }
    if (said[0] === "gap") return host.gap?.(said[1], said[2]);
    if (number <= past) return;
    if (said[0] === "changed") tell(frame.epoch, said[1]);
    else if (said[0] === "reused") host.reused?.(said[1]);
    else host.stats[said[1] as "attempts"] += said[2];
  };

  const deliver = () => {
    // A handler may make more come.
    if (isBusy) return;
    isBusy = true;
    while (!isHeld && !isClosed && !isApart() && next <= log.end.number) {
      const frame = log.frames[next - log.base.number - 1] as Frame;
      next++;
      behind -= sizeOf(frame);
      give(frame);
      const wait = frame.said[0] === "batch" && !isClosed ? host.hold?.() : undefined;
      if (!wait) continue;
      isHeld = true;
      wait.then(() => {
        isHeld = false;
        deliver();
      });
    }
    isBusy = false;
  };

  /** The source is too slow: what waits for it is lost to it, but for the states. */
  const lag = () => {
    const lost = log.frames.slice(next - log.base.number - 1);
    next = log.end.number + 1;
    behind = 0;
    host.gap?.(id, log.end.id);
    id = log.end.id;
    for (const frame of lost) if (frame.said[0] !== "batch" && frame.said[0] !== "gap") give(frame);
  };

  /** Goes on with what is shared, from its first frame that is kept. */
  const follow = () => {
    next = log.base.number + 1;
    behind = log.frames.reduce((size, frame) => size + sizeOf(frame), 0);
  };

  /** What is shared will come to where the source is: until then it has nothing new. */
  const wait = () => {
    isAhead = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      isAhead = false;
      catchUp();
    }, longestWait);
  };

  const meet = () => {
    if (!isApart()) return;
    const part = log.afterId(id);
    const isBehind = !part && !!own && !!ownLog?.afterId(log.end.id);
    if (!part && !isBehind) return;
    own?.close();
    own = ownLog = undefined;
    if (!part) return wait();
    clearTimeout(timer);
    isAhead = false;
    past = log.end.number;
    log.reset(part.base);
    for (const frame of part.frames) log.push(frame);
    follow();
    if (state) tell(stateOf, state);
    deliver();
  };

  /** Goes on from where the source is, although what is shared goes on from the end of the log. */
  const catchUp = () => {
    next = log.end.number + 1;
    behind = 0;
    if (isApart() || isClosed || id === log.end.id) return;
    if (!id) return log.base.number ? host.gap?.(id, log.end.id) : undefined;
    let count = 0;
    const mine = createLog({ epoch: 1, number: 0, id }, () => false);
    ownLog = mine;
    const engine = open(
      {
        ...host,
        isApart: true,
        batch(batch) {
          mine.push({ epoch: 1, number: ++count, said: ["batch", batch] });
          id = batch.lastEventId ?? id;
          host.batch(batch);
          if (own !== engine) return;
          meet();
          if (own) moved();
        },
      },
      id,
    );
    own = engine;
    own.listen("", true);
    own.start();
  };

  return {
    log,
    get lastEventId() {
      return id;
    },
    isApart,
    push(frame) {
      log.push(frame);
      if (frame.said[0] === "changed") {
        state = frame.said[1];
        stateOf = frame.epoch;
      }
      if (isApart()) return meet();
      behind += sizeOf(frame);
      if (behind > patience && isHeld) lag();
      deliver();
    },
    welcome({ epoch, base, frames, by, state: newest }) {
      state = newest;
      stateOf = epoch;
      const goesOn = by === "number";
      const isNew = !log.end.epoch;
      const wasThere = !isNew && !by && !!log.afterId(base.id);
      if (!goesOn) {
        log.reset(base);
        behind = 0;
        past = base.number + frames.length;
      }
      for (const frame of frames) {
        log.push(frame);
        behind += sizeOf(frame);
      }
      if (isApart()) return meet();
      if (wasThere) return wait();
      if (by === undefined) return catchUp();
      if (!goesOn) {
        follow();
        const isOpen = newest.status === "open";
        tell(epoch, newest, isOpen ? { resumedFrom: by === "id" ? id : "" } : {});
        if (by === "now") {
          if (!isNew) host.gap?.(id, base.id);
          id = base.id;
        }
      }
      deliver();
      if (isParted && goesOn) tell(epoch, newest);
      isParted = false;
    },
    adopt(place) {
      // A source that has just come begins there.
      if (!id && !log.end.epoch) id = place.id;
      log.reset(place);
      if (isApart()) meet();
      else catchUp();
    },
    part() {
      isParted = true;
      host.changed({ status: "paused", why: "hidden" });
    },
    reconnect: () => own?.reconnect(),
    close() {
      isClosed = true;
      clearTimeout(timer);
      own?.close();
      own = undefined;
    },
  };
};
