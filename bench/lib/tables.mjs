/** Tables and numbers in Markdown. */

/** A number as short as it may be. */
export const short = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 1 ? 3 : 2));

export const table = (head, rows) => [head, head.map((_, at) => (at ? "---:" : "---")), ...rows].map(row);

const row = (cells) => `| ${cells.join(" | ")} |`;
