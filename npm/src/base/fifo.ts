/** A queue: values come out in the order in which they went in. */
export interface Fifo<T> {
  readonly length: number;
  /** The number of the value that comes out next; values are numbered in the order in which they go in. */
  readonly first: number;
  push(item: T): void;
  at(number: number): T | undefined;
  /** Replaces a value that is in the queue. */
  replace(number: number, item: T): void;
  shift(): T | undefined;
  /** Takes back the newest value. */
  pop(): T | undefined;
}

export const createFifo = <T>(): Fifo<T> => {
  let items: (T | undefined)[] = [];
  // How many values have come out, and how many of those still have a place in the array.
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
      // Now and then only: it takes time for each value that is left.
      if (gone * 2 > items.length) {
        items = items.slice(gone);
        gone = 0;
      }
      return item;
    },
    pop: () => (gone === items.length ? undefined : items.pop()),
  };
};
