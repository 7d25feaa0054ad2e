/** How long a fresh page waits for its first event, from the `import()` of what reads it. */
import { Failure } from "../../scripts/lib/run.mjs";
import { randomNumbers } from "./data.mjs";
import { shuffled } from "./statistics.mjs";

/** How long the server waits before it answers a request, those of modules too, in milliseconds. */
export const latencies = [0, 300];

/** `measure` is whom a way is measured by: the peer, with the same method. */
export const ways = [
  { id: "eventsource-parser", name: "eventsource-parser, over fetch", module: "parser" },
  { id: "ours-get", name: '**over fetch** (`transport: "fetch"`)', measure: "eventsource-parser" },
  { id: "ours-paced", name: "**over fetch, `frame`**", measure: "eventsource-parser" },
  { id: "ours-worker", name: "**in a worker**, over fetch", measure: "eventsource-parser", where: "worker" },
  { id: "eventsource-parser-post", name: "eventsource-parser, by POST", module: "parser" },
  { id: "ours-post", name: "**by POST**", measure: "eventsource-parser-post" },
].map((way) => ({ module: "ours", ...way }));

/** Gives, for each latency and each way, the milliseconds of each round `fromImport` and `fromConnect`. */
export async function first(page, { rounds }) {
  const random = randomNumbers(5);
  const waited = {};
  for (const latency of latencies) {
    console.log(`the first event, ${latency} ms of latency`);
    const found = Object.fromEntries(ways.map(({ id }) => [id, { fromImport: [], fromConnect: [] }]));
    const late = latency ? `late/${latency}/` : "";
    for (let round = 0; round < rounds; round++) {
      for (const way of shuffled(ways, random)) {
        const { fromImport, fromConnect } = await firstOf(page, way, late);
        found[way.id].fromImport.push(fromImport);
        found[way.id].fromConnect.push(fromConnect);
      }
    }
    waited[latency] = found;
  }
  return waited;
}

async function firstOf(page, { id, module, where: wanted = "page" }, late) {
  const url = `/${late}streams/100b?laps=0&more=1`;
  const result = await page.fresh(`${late}fresh/${module}/fresh.html`, ({ evaluate }) =>
    evaluate(`fresh.first(${JSON.stringify(id)}, ${JSON.stringify(url)})`),
  );
  const { where = wanted, isSeen } = result;
  if (where !== wanted) throw new Failure(`${id} was to run in the ${wanted}, and ran in the ${where}`);
  if (!isSeen) throw new Failure(`${id} ran in a page that nobody sees`);
  return result;
}
