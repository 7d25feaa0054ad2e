/** What waits in line. */
export interface Fifo<T> {
  readonly size: number;
  /** The number of what comes next out of it; what goes in gets the numbers that follow. */
  readonly first: number;
  push(item: T): void;
  at(number: number): T | undefined;
  /** Puts another in the place of one that is there. */
  replace(number: number, item: T): void;
  shift(): T | undefined;
}

/** By number, so that neither end costs more the longer the line is. */
export const createFifo = <T>(): Fifo<T> => {
  const items = new Map<number, T>();
  let first = 0;
  return {
    get size() {
      return items.size;
    },
    get first() {
      return first;
    },
    push: (item) => items.set(first + items.size, item),
    at: (number) => items.get(number),
    replace: (number, item) => items.set(number, item),
    shift() {
      const item = items.get(first);
      items.delete(first++);
      return item;
    },
  };
};
