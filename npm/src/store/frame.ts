/** Asks for a task to be run once, before the next frame is drawn. */
export interface Frame {
  ask(): void;
  cancel(): void;
}

/** How often what nobody sees is told, in milliseconds. */
const unseenMs = 1000;

/** How long a frame takes where none is drawn, in milliseconds. */
const frameMs = 16;

/** Node draws nothing. */
type Drawing = Partial<Pick<typeof globalThis, "requestAnimationFrame" | "cancelAnimationFrame">>;
type Timers = Pick<typeof globalThis, "setTimeout" | "clearTimeout">;

/** Where timers and frames are: the platform itself or, while a test kit stands in its place, that. */
const platform = () =>
  ((globalThis as { [key: symbol]: unknown })[Symbol.for("typed-eventsource")] ?? globalThis) as Drawing &
    Timers;

export const createFrame = (task: () => void): Frame => {
  let cancel: (() => void) | undefined;
  const run = () => {
    frame.cancel();
    task();
  };
  const frame = {
    ask() {
      if (cancel) return;
      // What asked for it also takes it back.
      const {
        setTimeout,
        clearTimeout,
        requestAnimationFrame: draw,
        cancelAnimationFrame: undraw,
      } = platform();
      // A hidden page draws no frame: there the timer comes first, and the frame if it is seen before.
      const timer = setTimeout(run, draw ? unseenMs : frameMs);
      const drawn = draw?.(run);
      cancel = () => {
        clearTimeout(timer);
        if (drawn !== undefined) undraw?.(drawn);
      };
    },
    cancel() {
      cancel?.();
      cancel = undefined;
    },
  };
  return frame;
};
