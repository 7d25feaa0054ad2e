/** Medians, quartiles, and ratios of what was measured in the same round. */

/** The value below which a part of the values lies, by the straight line between the two next to it. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (at % 1) * (sorted[Math.ceil(at)] - below);
}

export const median = (values) => quantile(values, 0.5);

/** The median and the quartiles of the ratios of two lists, round by round. */
export function ratio(values, measure) {
  const ratios = values.map((value, round) => value / measure[round]);
  return { value: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}

/** The values in an order that the numbers decide. */
export function shuffled(values, random) {
  const left = [...values];
  return values.map(() => left.splice(Math.floor(random() * left.length), 1)[0]);
}
