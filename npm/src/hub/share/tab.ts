/**
 * A source of a tab that shares its stream. It waits for the lock, and listens to whoever has it meanwhile. With the lock it
 * has the hub, to which its own source listens, too.
 */
import type { EventSourceError } from "../../base/index.js";
import type { Engine, EngineHost } from "../../engine/index.js";
import type { Among, AmongCall, Frame, Place, Welcome } from "../messages.js";
import { createProbe } from "../probe.js";
import type { Wire } from "../wire.js";
import { createHub, type Hub } from "./hub.js";
import { sizeOf } from "./log.js";
import { createReader } from "./reader.js";
import type { World } from "./world.js";

/** How long the owner may take to answer, in milliseconds, before the lock is taken from it; longer each time. */
const patience = 2000;
const longestPatience = 64_000;

/** How long a new owner waits for those that wait with it, in milliseconds. */
const rollCall = 250;

/** After frames of this size, in characters, a tab says that it has taken them. */
const portion = 2 ** 18;

/** How often a tab that catches up by itself asks whether it is where the log begins, in milliseconds. */
const lookAgain = 500;

const nowhere: Place = { epoch: 0, number: 0, id: "" };

const isBehind = (place: Place, other: Place) =>
  place.epoch < other.epoch || (place.epoch === other.epoch && place.number < other.number);

/** What may come before a tab is welcome, in characters; more it asks for again. */
const most = 2 ** 22;

/** How a source shares its stream. */
export interface Sharing {
  readonly world: World;
  /** The name that those who share it know. */
  readonly name: string;
  readonly Failure: typeof EventSourceError;
  /** Makes an engine that goes on from an id. */
  open(host: EngineHost, lastEventId: string): Engine;
  readonly dropsReplays: boolean;
  /** Whether the source needs no connection while its page is hidden. */
  readonly pauses: boolean;
  /** Called if the browser refuses what is needed. */
  refused(why: unknown): void;
}

export const createTab = (
  host: EngineHost,
  lastEventId: string,
  { world, name, Failure, open, dropsReplays, pauses, refused }: Sharing,
): Pick<Engine, "start" | "reconnect" | "close"> => {
  const who = crypto.randomUUID();
  const reader = createReader(host, lastEventId, Failure, open, () => {
    if (hub || performance.now() < nextLook) return;
    nextLook = performance.now() + lookAgain;
    if (isWelcome) join();
  });
  const { log } = reader;
  const isIdle = () => pauses && world.isHidden();

  // Where frames come, as far as is known.
  let epoch = 0;
  let generation = 0;
  let isWelcome = false;
  let early: Frame[] = [];
  let earlySize = 0;
  let taken = 0;
  let nextLook = 0;
  // Whether the stream has ended, or failed for good.
  let isOver = false;
  let steals = 0;
  let hub: Hub | undefined;
  // Whether the hub has begun. Before that: the newest place of the others, and how many are to say theirs.
  let isOpen = false;
  let newest: Place = nowhere;
  let expected: number | undefined;
  // What is there while the tab takes part.
  let among: Wire<AmongCall, AmongCall> | undefined;
  let inbox: Wire<Welcome, Welcome> | undefined;
  let frames: Wire<Frame, Frame> | undefined;
  let letGo = () => {};
  let unwatch = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;

  const say = (...call: AmongCall) => among?.post(call);

  const probe = createProbe(
    () => say("hello"),
    () => {
      // Nobody sees it: it can wait, and another tab may be seen.
      if (hub || !among || world.isHidden()) return;
      steals++;
      ask(true);
      probe.ask();
    },
    () => Math.min(patience * 2 ** steals, longestPatience),
  );

  const join = () => {
    isWelcome = false;
    early = [];
    earlySize = 0;
    say("join", who, epoch, reader.isApart() ? nowhere : log.end, reader.lastEventId, isIdle());
  };

  /** Goes to the channel where the frames come. */
  const tune = () => {
    frames?.close();
    frames = world.open<Frame>(`${name} ${epoch} ${generation}`);
    if (!hub) frames.listen(hear);
  };

  const hear = (frame: Frame) => {
    taken += sizeOf(frame);
    if (taken >= portion) {
      say("taken", who, taken);
      taken = 0;
    }
    take(frame);
  };

  const take = (frame: Frame) => {
    const { number } = log.end;
    if (!isWelcome) {
      early.push(frame);
      earlySize += sizeOf(frame);
      if (earlySize > most) join();
    } else if (frame.number === number + 1) give(frame);
    // Something is missing.
    else if (frame.number > number) join();
  };

  /** Gives a frame to the source. With the end of the stream nothing is shared any more. */
  const give = (frame: Frame) => {
    const [what, state] = frame.said;
    if (what === "changed" && state.status === "closed") {
      isOver = true;
      leave();
    }
    reader.push(frame);
  };

  const greet = (welcome: Welcome) => {
    if (hub || isWelcome || welcome.epoch !== epoch || welcome.generation !== generation) return;
    isWelcome = true;
    steals = 0;
    probe.heard();
    host.stats.owner = "other";
    const came = early;
    early = [];
    reader.welcome(welcome);
    for (const frame of came) if (among) take(frame);
  };

  const announce = () => {
    if (!hub) return;
    if (generation !== hub.generation) {
      generation = hub.generation;
      tune();
    }
    say("hub", epoch, generation);
  };

  /** The lock is there. Before the hub begins, those that wait say where they are: what they wait for comes before that. */
  const own = () => {
    probe.heard();
    const before = epoch;
    epoch = Math.max(before + 1, Date.now() + Math.random());
    generation = 0;
    newest = nowhere;
    expected = undefined;
    hub = createHub(
      epoch,
      {
        log,
        open,
        tell(frame) {
          // Who joins later gets it from the log.
          if (hub?.members) frames?.post(frame);
          give(frame);
        },
        welcome(other, welcome) {
          const wire = world.open<Welcome>(`${name} ${other}`);
          wire.post(welcome);
          wire.close();
        },
        announce,
        async doubt() {
          const known = hub;
          const count = await world.waiting(name);
          if (known && known === hub && known.members > count) known.renew();
        },
      },
      dropsReplays,
      isIdle(),
    );
    announce();
    timer = setTimeout(begin, rollCall);
    const mine = hub;
    world.waiting(name).then((count) => {
      if (hub !== mine) return;
      expected = count;
      roll();
    });
  };

  /** Begins once everybody has answered. */
  const roll = () => {
    if (hub && expected !== undefined && hub.members >= expected) begin();
  };

  const begin = () => {
    clearTimeout(timer);
    if (!hub || isOpen) return;
    isOpen = true;
    isWelcome = true;
    early = [];
    tune();
    host.stats.owner = "this";
    if (isBehind(log.end, newest)) reader.adopt(newest);
    const cause = new Failure("network", "the tab with the connection has gone: another one goes on");
    hub.start(log.end.epoch ? { status: "reconnecting", attempt: 1, waitMs: 0, cause } : undefined);
  };

  /** Somebody else has the lock. */
  const yieldHub = () => {
    clearTimeout(timer);
    hub?.close();
    hub = undefined;
    isOpen = isWelcome = false;
    frames?.close();
    frames = undefined;
  };

  const ask = (isForced: boolean) => {
    letGo();
    letGo = world.lock(name, isForced, own, (why) => {
      if (!hub) return refused(why);
      yieldHub();
      ask(false);
      probe.ask();
    });
  };

  const heard: { [K in AmongCall[0]]: (...about: Parameters<Among[K]>) => void } = {
    hello: announce,
    hub(itsEpoch, itsGeneration) {
      if (hub && itsEpoch < epoch) return announce();
      probe.heard();
      const isKnown = itsEpoch === epoch && itsGeneration === generation && !!frames;
      if (itsEpoch < epoch || (itsEpoch === epoch && itsGeneration < generation) || (isKnown && isWelcome))
        return;
      if (hub) {
        yieldHub();
        ask(false);
      }
      epoch = itsEpoch;
      generation = itsGeneration;
      if (!isKnown) tune();
      join();
    },
    join(other, itsEpoch, place, lastEventId, isIdle) {
      if (!hub || itsEpoch !== epoch) return;
      if (!isOpen && isBehind(newest, place)) newest = place;
      hub.join(other, place, lastEventId, isIdle);
      if (!isOpen) roll();
    },
    taken: (...about) => hub?.taken(...about),
    idle: (...about) => hub?.idle(...about),
    leave: (other) => hub?.leave(other),
    reconnect: () => hub?.reconnect(),
  };

  const enter = () => {
    if (among || isOver) return;
    among = world.open<AmongCall>(name);
    among.listen(([what, ...about]) => (heard[what] as (...all: unknown[]) => void)(...about));
    inbox = world.open<Welcome>(`${name} ${who}`);
    inbox.listen(greet);
    ask(false);
    probe.ask();
  };

  const leave = () => {
    say("leave", who);
    probe.heard();
    yieldHub();
    letGo();
    letGo = () => {};
    inbox?.close();
    among?.close();
    inbox = among = undefined;
  };

  return {
    start() {
      unwatch = world.watch((what) => {
        if (what === "leaves" && among) {
          leave();
          reader.part();
        } else if (what === "is back") enter();
        else if (what === "moves" && among) {
          if (pauses && hub) hub.idle(undefined, isIdle());
          else if (pauses) say("idle", who, isIdle());
          if (!hub && !world.isHidden()) probe.ask();
        }
      });
      enter();
    },
    reconnect() {
      reader.reconnect();
      if (hub) return hub.reconnect();
      say("reconnect");
      probe.ask();
    },
    close() {
      unwatch();
      leave();
      reader.close();
    },
  };
};
