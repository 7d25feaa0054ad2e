/** Runs a task now, or after those that are running already. */
export type Deliver = (task: () => void) => void;

/**
 * Keeps deliveries in order: what a handler causes while it runs, such as the state `closed`, comes after
 * what is being delivered and never inside of it. No task may throw.
 */
export const createDelivery = (): Deliver => {
  const waiting: (() => void)[] = [];
  let isRunning = false;
  return (task) => {
    if (isRunning) {
      waiting.push(task);
      return;
    }
    isRunning = true;
    task();
    for (let next = waiting.shift(); next; next = waiting.shift()) next();
    isRunning = false;
  };
};
