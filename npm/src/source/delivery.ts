import { report } from "../base/index.js";

/** Runs a task now, or after those that are running already. */
export type Deliver = (task: () => void) => void;

/**
 * Keeps deliveries in order: the consequences of a handler, such as the state `closed`, come after the delivery in which
 * the handler runs, never inside of it. A task that throws is reported, and ends no other.
 */
export const createDelivery = (): Deliver => {
  const waiting: (() => void)[] = [];
  let isRunning = false;
  return (task) => {
    waiting.push(task);
    if (isRunning) return;
    isRunning = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        next();
      } catch (error) {
        report(error);
      }
    }
    isRunning = false;
  };
};
