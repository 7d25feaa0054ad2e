/** What waits in line. */
export interface Fifo<T> {
  readonly length: number;
  /** The number of what comes next out of it; what goes in gets the numbers that follow. */
  readonly first: number;
  push(item: T): void;
  at(number: number): T | undefined;
  /** Puts another in the place of one that is there. */
  replace(number: number, item: T): void;
  shift(): T | undefined;
  /** Takes back what went in last. */
  pop(): T | undefined;
}

export const createFifo = <T>(): Fifo<T> => {
  let items: (T | undefined)[] = [];
  // How many have come out of it, and how many of those have a place still.
  let first = 0;
  let gone = 0;
  return {
    get length() {
      return items.length - gone;
    },
    get first() {
      return first;
    },
    push: (item) => items.push(item),
    at: (number) => items[number - first + gone],
    replace(number, item) {
      items[number - first + gone] = item;
    },
    shift() {
      if (gone === items.length) return;
      const item = items[gone];
      items[gone] = undefined;
      first++;
      gone++;
      // Now and then, since it takes as long as there are others.
      if (gone * 2 > items.length) {
        items = items.slice(gone);
        gone = 0;
      }
      return item;
    },
    pop: () => (gone === items.length ? undefined : items.pop()),
  };
};
