/** What became of the clients, as a table and as a line; and whether it should have. */

const columns = {
  fault: ({ name }) => name,
  clients: ({ clients }) => clients,
  sent: ({ sent }) => sent,
  received: ({ received }) => received,
  lost: ({ lost }) => lost,
  doubled: ({ doubled }) => doubled,
  gaps: ({ gaps }) => gaps,
  "silence, ms": ({ silenceMs }) => silenceMs,
  reconnections: ({ reconnections }) => reconnections,
  "peak in 100 ms": ({ peak }) => peak,
  mean: ({ mean }) => mean.toFixed(1),
};

export function table(rows) {
  const cells = [
    Object.keys(columns),
    ...rows.map((row) => Object.values(columns).map((of) => String(of(row)))),
  ];
  const widths = Object.keys(columns).map((_, at) => Math.max(...cells.map((row) => row[at].length)));
  const line = (row) => row.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at])));
  return cells.map((row) => line(row).join("  ")).join("\n");
}

/** What is wrong with a row, if anything is. */
export function verdict({ loses, clients, lost, doubled, altered, gaps }) {
  if (lost) return `${lost} events were lost in silence`;
  if (doubled) return `${doubled} events came again`;
  if (altered) return `${altered} events did not say the same to everybody`;
  if (loses && gaps < clients) return `${clients - gaps} clients were told of no gap`;
  if (!loses && gaps) return `${gaps} gaps were told, although nothing was lost`;
}

export function summary(rows) {
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  const silence = Math.max(...rows.map((row) => row.silenceMs));
  const kept = rows.filter(({ loses }) => !loses).reduce((total, { gaps }) => total + gaps, 0);
  return [
    `${rows[0].clients} clients, ${sum("sent")} events sent, ${sum("received")} received:`,
    `${sum("lost")} lost, ${sum("doubled")} doubled, ${kept} gaps where the log kept its data,`,
    `${sum("gaps") - kept} where it did not; longest silence ${silence} ms`,
  ].join(" ");
}
