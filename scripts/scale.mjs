/**
 * npm run test:scale: two nodes behind nginx with a log in Redis and 1,000 clients, through faults of all of them; ends with a
 * table of what each did to the clients. npm run test:scale -- --full does it with 10,000 clients and 20 kills.
 */
import { main } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";
import { scaleTests } from "./lib/suites.mjs";

await main(async () => {
  await setUp();
  await scaleTests({ full: process.argv.includes("--full") });
});
