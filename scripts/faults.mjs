/** npm run test:faults: the package in a browser, through every fault; ends with a table of what became of each. */
import { build } from "./build.mjs";
import { main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";
import { faultTests } from "./lib/suites.mjs";

await main(async () => {
  await setUp();
  await build();
  say("faults");
  await faultTests();
});
