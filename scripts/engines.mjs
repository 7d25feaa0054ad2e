/** npm run test:engines: the Rust tests in every engine, and the table of what each does in docs/browsers.md. With names, those. */
import { pathToFileURL } from "node:url";
import { checkTable } from "./lib/compatibility.mjs";
import { found, testIn } from "./lib/engine-tests.mjs";
import { engines } from "./lib/engines.mjs";
import { Failure, main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

/** Compares that table with what the tests told in each engine. */
export async function compareTable({ renew = false } = {}) {
  await checkTable(await Promise.all(Object.values(engines).map(found)), { renew });
}

/** Runs the tests in engines, also after they failed in one. */
async function testInEach(chosen) {
  const failures = [];
  for (const engine of chosen) {
    say(`tests in ${engine.name}`);
    try {
      await testIn(engine);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(`${engine.name}: ${error.message}`);
    }
  }
  if (failures.length) throw new Failure(failures.join("\n"));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const names = process.argv.slice(2);
    const unknown = names.find((name) => !Object.hasOwn(engines, name));
    if (unknown) throw new Failure(`${unknown} is none of the engines: ${Object.keys(engines).join(", ")}`);
    await setUp();
    await testInEach(names.length ? names.map((name) => engines[name]) : Object.values(engines));
    if (names.length === 0) await compareTable({ renew: true });
  });
}
