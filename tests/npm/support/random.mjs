/** Random choices that a seed repeats. */
export function seeded(seed) {
  let state = seed;
  /** From 0 up to, not including, 1: the generator "mulberry32". */
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below) => Math.floor(next() * below);
  return { int, chance: (share) => next() < share, one: (values) => values[int(values.length)] };
}
