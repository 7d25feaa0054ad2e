/** npm run test:engines: the Rust tests in every engine, and the README's table of what each does. With names, those. */
import { pathToFileURL } from "node:url";
import { checkTable } from "./lib/compatibility.mjs";
import { testedIn } from "./lib/engine-tests.mjs";
import { engines } from "./lib/engines.mjs";
import { Failure, main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

/** Runs the tests where they have not passed yet, also after they failed somewhere; then compares the table. */
export async function testEngines({ renew = false } = {}) {
  await checkTable(await inEach(Object.values(engines)), { renew });
}

async function inEach(chosen) {
  const found = [];
  const failures = [];
  for (const engine of chosen) {
    say(`tests in ${engine.name}`);
    try {
      found.push(await testedIn(engine));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(`${engine.name}: ${error.message}`);
    }
  }
  if (failures.length) throw new Failure(failures.join("\n"));
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const names = process.argv.slice(2);
    const unknown = names.find((name) => !Object.hasOwn(engines, name));
    if (unknown) throw new Failure(`${unknown} is none of the engines: ${Object.keys(engines).join(", ")}`);
    await setUp();
    if (names.length) await inEach(names.map((name) => engines[name]));
    else await testEngines({ renew: true });
  });
}
