/** npm run format: formats all sources as the checks want them. */
import { cargo } from "./lib/cargo.mjs";
import { biome } from "./lib/node-tool.mjs";
import { main } from "./lib/run.mjs";
import { addRustComponents, setUp } from "./lib/setup.mjs";

await main(async () => {
  await setUp();
  await addRustComponents();
  await cargo(["fmt", "--all"]);
  await biome(["check", "--write", "."]);
});
