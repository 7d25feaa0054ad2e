/** Runs a task now, or after those that are running already. */
export type Deliver = (task: () => void) => void;

/**
 * Keeps deliveries in order: what a handler causes while it runs, such as the state `closed`, comes after
 * what is being delivered and never inside of it. No task may throw.
 */
export const createDelivery = (): Deliver => {
  const tasks: (() => void)[] = [];
  return (task) => {
    // The task that runs is the first: one that is there already runs further up the stack.
    if (tasks.push(task) > 1) return;
    for (; tasks[0]; tasks.shift()) tasks[0]();
  };
};
