/** A queue: values come out in the order in which they went in. */
export interface Fifo<T> {
  readonly length: number;
  /** The value that comes out next. */
  readonly oldest: T | undefined;
  readonly newest: T | undefined;
  push(item: T): void;
  shift(): T | undefined;
  /** Takes back the newest value. */
  pop(): T | undefined;
}

export const createFifo = <T>(): Fifo<T> => {
  let items: (T | undefined)[] = [];
  // How many values that have come out still have a place in the array.
  let gone = 0;
  return {
    get length() {
      return items.length - gone;
    },
    get oldest() {
      return items[gone];
    },
    get newest() {
      return items.at(-1);
    },
    push: (item) => items.push(item),
    shift() {
      const item = items[gone];
      items[gone++] = undefined;
      // Now and then only: it takes time for each value that is left.
      if (gone * 2 > items.length) {
        items = items.slice(gone);
        gone = 0;
      }
      return item;
    },
    pop: () => (gone < items.length ? items.pop() : undefined),
  };
};
