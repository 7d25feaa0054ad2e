/** npm run soak -- 10: reads streams through faults for so many minutes; nothing may be lost, and no memory kept. */
import { build } from "./build.mjs";
import { Failure, main, say } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";
import { soakTests } from "./lib/suites.mjs";

await main(async () => {
  const [minutes = "10", ...others] = process.argv.slice(2);
  // Beyond that the scenarios of the server do not record every attempt.
  if (others.length || !(Number(minutes) > 0 && Number(minutes) <= 240)) {
    throw new Failure("say how long in minutes, at most 240: npm run soak -- 10");
  }
  await setUp();
  await build();
  say(`soak, ${minutes} minutes`);
  await soakTests(Number(minutes));
});
