/** What became of the events, reckoned and shown. */

/** The data of what the page tells of an event. */
const dataOf = (event) => event.replace(/^\S* \S* /, "");

/** Compares the data of a log with what arrived; of what is many, the page has done that. */
export function reckon(log, events, many) {
  if (!Array.isArray(log)) {
    const { count, doubled } = many;
    return { sent: log.numbers, received: count, lost: log.numbers - (count - doubled), doubled };
  }
  const sent = new Set(log);
  const received = events.map(dataOf).filter((data) => sent.has(data));
  const distinct = new Set(received).size;
  return {
    sent: sent.size,
    received: received.length,
    lost: sent.size - distinct,
    doubled: received.length - distinct,
  };
}

const columns = [
  ["fault", 58],
  ["transport", 12],
  ["sent", 8],
  ["received", 9],
  ["lost", 5],
  ["doubled", 8],
  ["recovered in ms", 16],
];

const inColumns = (cells) => {
  const padded = cells.map((cell, index) => {
    const [, width] = columns[index];
    return index < 2 ? `${cell}`.padEnd(width) : `${cell}`.padStart(width);
  });
  return padded.join("");
};

/** Prints a table, and a line that sums up what must be whole. */
export function report(rows) {
  console.log(inColumns(columns.map(([heading]) => heading)));
  const byName = (a, b) => a.name.localeCompare(b.name) || a.transport.localeCompare(b.transport);
  for (const { name, exempt, transport, sent, received, lost, doubled, recoveredMs } of rows.sort(byName))
    console.log(
      inColumns([exempt ? `${name} *` : name, transport, sent, received, lost, doubled, recoveredMs ?? "–"]),
    );
  for (const why of new Set(rows.map(({ exempt }) => exempt).filter(Boolean)))
    console.log(
      `* ${why}: ${[...new Set(rows.filter(({ exempt }) => exempt === why).map(({ name }) => name))].join("; ")}`,
    );
  const whole = rows.filter(({ exempt }) => !exempt);
  const sum = (column) => whole.reduce((sum, row) => sum + row[column], 0);
  console.log(
    `${rows.length} faults; where ids are unique and stable and the log is whole (${whole.length}): ` +
      `${sum("sent")} events sent, ${sum("received")} received, ${sum("lost")} lost, ${sum("doubled")} doubled`,
  );
}
