import { init } from "../index.js";
import { settled, turn } from "./host.js";
import type { Clock } from "./types.js";

/** A timer. It is its own id: no other `clearTimeout()` takes it for one of its own. */
interface Timer {
  at: number;
  readonly everyMs: number | undefined;
  /** Whether it passes by itself. */
  readonly isShort: boolean;
  readonly run: () => void;
}

/** Waits up to this, in milliseconds, pass by themselves: frames, and the pauses in which a source gathers events. */
const SHORT = 50;

/** How many short waits in a row somebody waits for. */
const MANY = 100;

/** What a server needs of a clock. */
export interface Timing {
  readonly now: number;
  wait(ms: number): Promise<void>;
  /** Lets all go on that can, and short waits pass. */
  settle(): Promise<void>;
  /** Goes on to what is next; gives whether there was anything until then. */
  next(until: number): Promise<boolean>;
}

/** The clock as the mock's platform has it. */
export interface Time extends Clock, Timing {
  /** What the wall clock says, in milliseconds since the clock was made. */
  readonly wall: number;
  set(run: () => void, ms: number | undefined, isRepeated?: boolean): object;
  /** Whether that was a timer of a clock like this. */
  clear(timer: unknown): boolean;
}

/** Time goes on, and ends. */
const checked = (ms: number): number => {
  if (ms >= 0 && ms < Infinity) return ms;
  throw new RangeError(`the clock goes on by a number of milliseconds from 0 on, not by ${ms}`);
};

const made = new WeakSet<object>();

/** Waits until the engine runs: time that passes before that is none that a source could wait for. */
const running = (): Promise<void> => init().catch(() => {});

export const createTime = (): Time => {
  let now = 0;
  let slept = 0;
  const timers = new Set<Timer>();
  // One thing at a time: what is due first runs first, whoever lets the time pass.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(go: () => Promise<T>): Promise<T> => {
    const result = last.then(go);
    last = result.catch(() => {});
    return result;
  };

  const first = (isWanted: (timer: Timer) => boolean = () => true) => {
    let found: Timer | undefined;
    for (const timer of timers) if (isWanted(timer) && !(found && found.at <= timer.at)) found = timer;
    return found;
  };
  const isShort = (timer: Timer) => timer.isShort;

  /** Runs what is due until then. */
  const runTo = async (end: number) => {
    for (;;) {
      const timer = first();
      if (!timer || timer.at > end) break;
      now = Math.max(now, timer.at);
      if (timer.everyMs === undefined) timers.delete(timer);
      else timer.at = now + timer.everyMs;
      timer.run();
      await settled();
    }
    now = Math.max(now, end);
  };

  const settle = async () => {
    await running();
    await settled();
    for (let steps = 0; steps < MANY; steps++) {
      const timer = first(isShort);
      if (!timer) break;
      await runTo(timer.at);
    }
  };

  let isPassing = false;
  /** Lets short waits pass where nobody waits for anything. */
  const pass = async () => {
    if (isPassing) return;
    isPassing = true;
    await turn();
    isPassing = false;
    await inTurn(async () => {
      const timer = first(isShort);
      if (timer) await runTo(timer.at);
    });
    if (first(isShort)) pass();
  };

  const time: Time = {
    get now() {
      return now;
    },
    get wall() {
      return now + slept;
    },
    async sleep(ms) {
      slept += checked(ms);
    },
    advance: async (ms) => {
      checked(ms);
      return inTurn(async () => {
        const end = now + ms;
        await running();
        await settled();
        await runTo(end);
        await settle();
      });
    },
    set(run, ms = 0, isRepeated) {
      const wait = Math.max(Number(ms) || 0, isRepeated ? 1 : 0);
      const timer: Timer = {
        at: now + wait,
        everyMs: isRepeated ? wait : undefined,
        isShort: !isRepeated && wait <= SHORT,
        run,
      };
      made.add(timer);
      timers.add(timer);
      if (isShort(timer)) pass();
      return timer;
    },
    clear(timer) {
      timers.delete(timer as Timer);
      return !!timer && made.has(timer as Timer);
    },
    wait: (ms) =>
      new Promise((resolve) => {
        time.set(resolve, ms);
      }),
    settle: () => inTurn(settle),
    next: (until) =>
      inTurn(async () => {
        await running();
        const timer = first();
        if (!timer || timer.at > until) return false;
        await runTo(timer.at);
        return true;
      }),
  };
  return time;
};
